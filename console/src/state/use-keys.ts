/** Keys that work anywhere on a page. They do nothing while a person types or a dialog is open. */
import { useLayoutEffect, useRef } from 'preact/hooks';

export type Keys = Readonly<Record<string, () => void>>;

/** How long after `g` the second key may come, milliseconds. */
const SEQUENCE_MS = 1_500;

/** @param keys by `KeyboardEvent.key`, or two after one another with a space between: `g o` */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  const before = useRef<{ key: string; at: number } | null>(null);
  // With the page that shows what the keys do, so that none is lost that is pressed as soon as it is seen.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || hasOpenDialog()) return;
      const earlier = before.current;
      const isSequence = earlier !== null && event.timeStamp - earlier.at < SEQUENCE_MS;
      const action =
        (isSequence ? latest.current[`${earlier.key} ${event.key}`] : undefined) ?? latest.current[event.key];
      before.current = { key: event.key, at: event.timeStamp };
      if (action === undefined) return;
      before.current = null;
      event.preventDefault();
      action();
    };
    globalThis.addEventListener('keydown', onKey);
    return () => globalThis.removeEventListener('keydown', onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select') !== null;
}

function hasOpenDialog(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

/** Moves the focus among the rows of a list, which are marked by `data-row`. */
export function moveToRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const present = rows.findIndex((row) => row === document.activeElement);
  const next = present === -1 ? (step === 1 ? 0 : rows.length - 1) : present + step;
  const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}
