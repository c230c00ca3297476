/** What is read from the service, with how far the reading has come. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.ts';
import type { Page } from '../api/types.ts';

export interface Resource<Value> {
  /** The last that was read; stays while it is read again. */
  readonly value: Value | null;
  readonly problem: Problem | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
  /** As `reload`, without a sign of it, and not while it is being read: for what is read again by the clock. */
  readonly refresh: () => void;
}

/**
 * Reads, and reads again when the key changes or somebody asks for it. An answer that comes after a later question is dropped.
 * @param key says what is read; null reads nothing
 */
export function useResource<Value>(
  key: string | null,
  read: (signal: AbortSignal) => Promise<Value>,
): Resource<Value> {
  const [state, setState] = useState<{ key: string | null; value: Value | null; problem: Problem | null }>({
    key: null,
    value: null,
    problem: null,
  });
  const [isLoading, setLoading] = useState(key !== null);
  const [round, setRound] = useState({ count: 0, isQuiet: false });
  const latest = useRef(read);
  latest.current = read;
  const reading = useRef<AbortController | null>(null);

  useEffect(() => {
    if (key === null) return undefined;
    const abort = new AbortController();
    reading.current = abort;
    const load = async (): Promise<void> => {
      if (!round.isQuiet) setLoading(true);
      try {
        const value = await latest.current(abort.signal);
        if (!abort.signal.aborted) setState({ key, value, problem: null });
      } catch (error) {
        if (abort.signal.aborted) return;
        const problem = problemOf(error);
        setState((before) => ({ key, value: before.key === key ? before.value : null, problem }));
      }
      if (abort.signal.aborted) return;
      reading.current = null;
      setLoading(false);
    };
    void load();
    return () => abort.abort();
  }, [key, round]);

  const reload = useCallback(() => setRound(({ count }) => ({ count: count + 1, isQuiet: false })), []);
  const refresh = useCallback(() => {
    // A slow answer would never come if each question took the place of the one before.
    if (reading.current === null) setRound(({ count }) => ({ count: count + 1, isQuiet: true }));
  }, []);
  const isCurrent = state.key === key;
  return {
    value: isCurrent ? state.value : null,
    problem: isCurrent ? state.problem : null,
    isLoading: isLoading || (key !== null && !isCurrent),
    reload,
    refresh,
  };
}

export interface PagedList<Item> extends Resource<readonly Item[]> {
  readonly hasMore: boolean;
  /** Whether more than the first page is shown; reading again would take it away. */
  readonly isLong: boolean;
  readonly loadMore: () => void;
}

interface MorePages<Item> {
  readonly from: Page<Item> | null;
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly problem: Problem | null;
  readonly isLoading: boolean;
}

/** A list by cursor: the first page, and more when they are asked for. Reading anew begins at the first. */
export function usePagedList<Item>(
  key: string | null,
  read: (cursor: string | undefined, signal?: AbortSignal) => Promise<Page<Item>>,
): PagedList<Item> {
  const first = useResource(key, (signal) => read(undefined, signal));
  const none: MorePages<Item> = {
    from: first.value,
    items: [],
    nextCursor: first.value?.nextCursor ?? null,
    problem: null,
    isLoading: false,
  };
  const [kept, setMore] = useState(none);
  const more = kept.from === first.value ? kept : none;

  const loadMore = (): void => {
    if (more.nextCursor === null || more.isLoading) return;
    setMore({ ...more, isLoading: true, problem: null });
    read(more.nextCursor)
      .then((page) =>
        setMore({
          ...more,
          items: [...more.items, ...page.items],
          nextCursor: page.nextCursor,
          problem: null,
          isLoading: false,
        }),
      )
      .catch((error: unknown) => setMore({ ...more, problem: problemOf(error), isLoading: false }));
  };

  return {
    value: first.value === null ? null : [...first.value.items, ...more.items],
    problem: first.problem ?? more.problem,
    isLoading: first.isLoading || more.isLoading,
    reload: first.reload,
    refresh: first.refresh,
    isLong: more.items.length > 0,
    hasMore: more.nextCursor !== null,
    loadMore,
  };
}
