/** Which orders a bulk means, as it stands in the address of its form. */
import type { BulkActionName } from '../api/bulk.ts';
import type { MailTemplate } from '../api/operations.ts';
import { linkTo } from '../state/route.ts';
import type { OrderFilter } from './order-filter.ts';

/** The conditions by the names of `POST /v1/ops/bulk`; statuses with a comma between them. */
const CONDITIONS = [
  'statuses',
  'attentionCode',
  'customerId',
  'sku',
  'createdAfter',
  'createdBefore',
] as const;
export type BulkSelection = Readonly<Partial<Record<(typeof CONDITIONS)[number], string>>>;

/** Said in the address where a list was narrowed to orders that need a person: a bulk is for one cause. */
const NEEDS_CAUSE = 'attention';

export function selectionOf(query: Readonly<Record<string, string>>): BulkSelection {
  return Object.fromEntries(CONDITIONS.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
}

export function statusesOf({ statuses = '' }: BulkSelection): readonly string[] {
  return statuses === '' ? [] : statuses.split(',');
}

/**
 * Where a bulk upon the orders of a list is asked for.
 * @returns null where no bulk can mean exactly these
 */
export function bulkLink({ status, attention, ...others }: OrderFilter): string | null {
  const isNarrowed = status !== undefined || attention !== undefined || Object.keys(others).length > 0;
  if (!isNarrowed || attention === 'false') return null;
  return linkTo('bulk', 'new', {
    ...(status === undefined ? {} : { statuses: status }),
    ...(attention === 'true' ? { [NEEDS_CAUSE]: 'needed' } : {}),
    ...others,
  });
}

/** What is still to be chosen; null when the service can be asked what it would mean. */
export function missingOf(
  query: Readonly<Record<string, string>>,
  action: BulkActionName | '',
): string | null {
  const selection = selectionOf(query);
  if (query[NEEDS_CAUSE] === 'needed' && selection.attentionCode === undefined)
    return 'Fill in the cause: a bulk is for one of them.';
  if (Object.keys(selection).length === 0) return 'Choose a condition: a bulk is never about all orders.';
  return action === '' ? 'Choose what to do.' : null;
}

/** What the service takes besides the reason. */
export function bulkBody(
  selection: BulkSelection,
  action: BulkActionName,
  template: MailTemplate,
): Readonly<Record<string, unknown>> {
  const { statuses: _text, ...others } = selection;
  const statuses = statusesOf(selection);
  return {
    action,
    ...(action === 'resend_notification' ? { template } : {}),
    filter: { ...(statuses.length === 0 ? {} : { statuses }), ...others },
  };
}
