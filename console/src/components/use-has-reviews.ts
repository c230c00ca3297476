import { useEffect, useState } from 'preact/hooks';
import { ProblemError } from '../api/problem.ts';
import { useSession } from '../state/session.tsx';

/** Whether the service reviews orders at all; one that does not has no page for it. */
export function useHasReviews(): boolean {
  const { client } = useSession();
  const [has, setHas] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    client
      .get('/v1/ops/reviews', { limit: 1 }, abort.signal)
      .then(() => setHas(true))
      .catch((error: unknown) => {
        // Not there, or not for this key: then it is not shown. Anything else the page itself would tell.
        const status = error instanceof ProblemError ? error.problem.status : null;
        setHas(!abort.signal.aborted && status !== 404 && status !== 403);
      });
    return () => abort.abort();
  }, [client]);
  return has;
}
