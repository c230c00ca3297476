import { useEffect, useRef } from 'preact/hooks';

/**
 * Reads something again by the clock, while somebody looks: not in a hidden tab, and not behind an open dialog.
 * @param refresh null while it is to stand still
 */
export function useRefresh(refresh: (() => void) | null, periodMs: number): void {
  const latest = useRef(refresh);
  latest.current = refresh;
  useEffect(() => {
    const timer = setInterval(() => {
      const isSeen =
        document.visibilityState === 'visible' && document.querySelector('dialog[open]') === null;
      if (isSeen) latest.current?.();
    }, periodMs);
    return () => clearInterval(timer);
  }, [periodMs]);
}
