/**
 * Which page is shown, by the part of the address after `#`: it never leaves the browser, so that no log on the way has ids of
 * orders in it, and the service serves one page.
 */
export interface Route {
  /** The first word: `orders`. */
  readonly page: string;
  /** What follows it: the id of an order. */
  readonly id: string | null;
  readonly query: Readonly<Record<string, string>>;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page = '', id] = path.split('/').map((part) => safelyDecode(part));
  return {
    page: page === '' ? 'now' : page,
    id: id === undefined || id === '' ? null : id,
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** What is no encoding of anything stands for itself. */
function safelyDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function linkTo(page: string, id?: string, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${page}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${text === '' ? '' : `?${text}`}`;
}
