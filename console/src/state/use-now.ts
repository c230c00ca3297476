import { useEffect, useState } from 'preact/hooks';

/** The present, anew every `periodMs`. Milliseconds since 1970. */
export function useNow(periodMs = 5_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), periodMs);
    return () => clearInterval(timer);
  }, [periodMs]);
  return now;
}
