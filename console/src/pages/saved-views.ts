/** Filters that a person has given a name, in the storage of this browser. */
export interface SavedView {
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
}

const STORED = 'order-saga.order-views';

export function readViews(): readonly SavedView[] {
  return parseViews(localStorage.getItem(STORED));
}

export function writeViews(views: readonly SavedView[]): void {
  localStorage.setItem(STORED, JSON.stringify(views));
}

/** What an older console or a person has written there is left out when it cannot be read. */
export function parseViews(text: string | null): readonly SavedView[] {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(stored) ? stored.filter(isView) : [];
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const { name, query } = value as { name?: unknown; query?: unknown };
  return (
    typeof name === 'string' &&
    typeof query === 'object' &&
    query !== null &&
    Object.values(query).every((one) => typeof one === 'string')
  );
}
