import { useLayoutEffect, useState } from 'preact/hooks';
import { parseRoute, type Route } from './route.ts';

export function goTo(link: string): void {
  globalThis.location.hash = link;
}

/** Replaces the address without a new entry in the history: for what a person types into a filter. */
export function replaceWith(link: string): void {
  globalThis.location.replace(link);
}

export function useRoute(): Route {
  const [hash, setHash] = useState(globalThis.location.hash);
  // Before the browser can do anything else: an address that changed before somebody listened would never be shown.
  useLayoutEffect(() => {
    const onChange = (): void => setHash(globalThis.location.hash);
    globalThis.addEventListener('hashchange', onChange);
    return () => globalThis.removeEventListener('hashchange', onChange);
  }, []);
  return parseRoute(hash);
}
