/** How many actions and bulks wait for a second person, for whoever may see it; looked at now and then. */
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import type { Bulk } from '../api/bulk.ts';
import type { OperatorAction } from '../api/operations.ts';
import type { Page } from '../api/types.ts';
import { useSession } from './session.tsx';
import { useRefresh } from './use-refresh.ts';
import { useResource } from './use-resource.ts';

export interface ApprovalsState {
  /** `0`, `3`, `100+`; null while it is not known. */
  readonly count: string | null;
  readonly refresh: () => void;
}

const REFRESH_MS = 15_000;
const COUNTED_AT_MOST = 100;
const BULKS_COUNTED_AT_MOST = 50;

const ApprovalsContext = createContext<ApprovalsState>({ count: null, refresh: () => undefined });

export function useApprovals(): ApprovalsState {
  return useContext(ApprovalsContext);
}

export function Approvals({ children }: { readonly children: ComponentChildren }) {
  const { client, may } = useSession();
  const waiting = useResource(may('actions:read') ? 'approvals' : null, async (signal) => {
    const pending = { state: 'pending_approval', limit: BULKS_COUNTED_AT_MOST };
    const pages = await Promise.all([
      client.get<Page<OperatorAction>>('/v1/ops/approvals', { limit: COUNTED_AT_MOST }, signal),
      client.get<Page<Bulk>>('/v1/ops/bulk', pending, signal),
    ]);
    return {
      count: pages.reduce((sum, { items }) => sum + items.length, 0),
      hasMore: pages.some(({ nextCursor }) => nextCursor !== null),
    };
  });
  const { value, refresh } = waiting;
  useRefresh(may('actions:read') ? refresh : null, REFRESH_MS);
  const count = value === null ? null : `${value.count}${value.hasMore ? '+' : ''}`;
  const state = useMemo(() => ({ count, refresh }), [count, refresh]);
  return <ApprovalsContext.Provider value={state}>{children}</ApprovalsContext.Provider>;
}
