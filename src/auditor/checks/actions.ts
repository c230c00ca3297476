/** What people did to orders, and who agreed to it. I25. */
import { sqlCheck, type Check } from '../check.ts';
import { triggerCheck } from './triggers.ts';

const SEE = `SELECT action.*, outcome.* FROM operator_action_outcomes AS outcome
  LEFT JOIN operator_actions AS action ON action.id = action_id WHERE action_id = :actionId ORDER BY at`;

export const ACTION_CHECKS: readonly Check[] = [
  sqlCheck({
    invariant: 'I25',
    name: 'what became of an action belongs to one that was asked for',
    over: 'operator_action_outcomes',
    wrong: `SELECT action_id AS "actionId", format('%s, and nobody asked for it', outcome) AS message
      FROM operator_action_outcomes WHERE NOT EXISTS (SELECT FROM operator_actions WHERE id = action_id)`,
    see: SEE,
  }),
  sqlCheck({
    invariant: 'I25',
    name: 'who asks for an action does not agree to it',
    over: 'operator_actions',
    wrong: `SELECT action.id AS "actionId", action.order_id AS "orderId", CASE
          WHEN decision.actor = action.actor THEN format('asked for and %s by %s', decision.outcome, action.actor)
          WHEN decision.outcome IS NOT NULL THEN format('%s, and it did not wait for that', decision.outcome)
          ELSE format('%s, and nobody has agreed', ended.outcome) END AS message
      FROM operator_actions AS action
      LEFT JOIN operator_action_outcomes AS pending ON pending.action_id = action.id AND pending.outcome = 'pending_approval'
      LEFT JOIN operator_action_outcomes AS decision ON decision.action_id = action.id AND decision.outcome IN ('approved', 'declined')
      LEFT JOIN operator_action_outcomes AS ended ON ended.action_id = action.id AND ended.outcome IN ('done', 'failed')
      WHERE decision.actor = action.actor OR (decision.outcome IS NOT NULL AND pending.outcome IS NULL)
        OR (pending.outcome IS NOT NULL AND ended.outcome IS NOT NULL AND decision.outcome IS DISTINCT FROM 'approved')`,
    see: SEE,
  }),
  triggerCheck('I25', 'what people did is only added', [
    'operator_actions',
    'operator_action_outcomes',
    'operation_resolutions',
  ]),
];
