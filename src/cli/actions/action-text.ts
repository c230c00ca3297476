/** Operators' actions as people read them. */
import { moneyText } from '../output/money-text.ts';
import { pairs, table } from '../output/table.ts';
import type { ActionReply, PlanReply } from './action-replies.ts';

/** One action a row. */
export function actionListText(actions: readonly ActionReply[]): string {
  if (actions.length === 0) return 'No actions.';
  return table(
    ['Action', 'Asked', 'Order', 'What', 'State', 'By', 'Reason', 'Input'].map((title) => ({ title })),
    actions.map((one) => [
      one.id,
      one.askedAt,
      one.orderId,
      one.action,
      one.state,
      one.actor,
      one.reason,
      JSON.stringify(one.input),
    ]),
  );
}

/** One action with what became of it. */
export function actionText(one: ActionReply): string {
  return pairs([
    ['Action', one.id],
    ['Order', one.orderId],
    ['What', one.action],
    ['State', one.state],
    ['Asked', `${one.askedAt} by ${one.actor}: ${one.reason}`],
    ...one.outcomes.map(
      ({ outcome, at, actor, detail }) => [outcome, `${at} by ${actor}: ${detail}`] as const,
    ),
  ]);
}

/** What would happen. */
export function planText(plan: PlanReply): string {
  const lines = [
    `Nothing was done. ${plan.action} of ${plan.orderId} would mean:`,
    ...plan.sentences.map((sentence) => `  ${sentence}`),
    ...plan.money.map(({ kind, amount }) => `  money: ${kind} ${moneyText(amount)}`),
    ...plan.stock.map(
      ({ sku, locationId, reserved, restocked }) =>
        `  stock: ${sku} at ${locationId}, held ${signed(reserved)}, back on the shelf ${restocked}`,
    ),
    ...(plan.needsSecondPerson ? ['  It waits for a second person before it is done.'] : []),
  ];
  return lines.join('\n');
}

function signed(count: number): string {
  return count > 0 ? `+${count}` : String(count);
}
