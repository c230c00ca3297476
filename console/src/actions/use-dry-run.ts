import type { ActionName, PlannedAction } from '../api/operations.ts';
import { useSession } from '../state/session.tsx';
import { useResource } from '../state/use-resource.ts';
import { useSettled } from '../state/use-settled.ts';
import type { Problem } from '../api/problem.ts';

/** Typing is waited for so long before the service is asked. */
const TYPING_MS = 300;
/** The service wants one with every action, and keeps none of a dry run. */
const NO_REASON_YET = 'dry run';

export interface DryRun {
  /** Of exactly what is asked now; null while it is not known. */
  readonly plan: PlannedAction | null;
  readonly problem: Problem | null;
  readonly isAsking: boolean;
}

export function actionPath(orderId: string, action: ActionName): string {
  return `/v1/ops/orders/${encodeURIComponent(orderId)}/actions/${action}`;
}

/**
 * What an action would do now, asked anew for whatever is changed in its form.
 * @param body null while the form is not complete
 */
export function useDryRun(
  orderId: string,
  action: ActionName,
  body: Readonly<Record<string, unknown>> | null,
): DryRun {
  const { client } = useSession();
  const wanted = body === null ? null : JSON.stringify(body);
  const settled = useSettled(wanted, TYPING_MS);
  const asked = useResource(settled === null ? null : `${orderId} ${action} ${settled}`, (signal) =>
    client.post<PlannedAction>(
      `${actionPath(orderId, action)}?dryRun=true`,
      { ...(JSON.parse(settled ?? '{}') as object), reason: NO_REASON_YET },
      undefined,
      signal,
    ),
  );
  const isCurrent = settled === wanted && wanted !== null;
  return {
    plan: isCurrent ? asked.value : null,
    problem: isCurrent ? asked.problem : null,
    isAsking: wanted !== null && (!isCurrent || asked.isLoading),
  };
}
