/** What people did to orders, one by one and many at once, and who agreed to it. I23, I25. */
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
  sqlCheck({
    invariant: 'I23',
    name: 'every order of a finished bulk has its action with an outcome',
    over: "bulk_action_steps WHERE step = 'finished'",
    wrong: `SELECT fixed.bulk_id AS "bulkId", fixed.order_id AS "orderId", fixed.action_id AS "actionId",
        CASE WHEN action.id IS NULL THEN 'the bulk is finished, and the order has no action'
          ELSE 'the bulk is finished, and what became of the action is not recorded' END AS message
      FROM bulk_action_steps AS ended
      JOIN bulk_action_orders AS fixed ON fixed.bulk_id = ended.bulk_id
      LEFT JOIN operator_actions AS action ON action.id = fixed.action_id AND action.order_id = fixed.order_id
        AND action.bulk_id = fixed.bulk_id
      WHERE ended.step = 'finished' AND NOT EXISTS (SELECT FROM operator_action_outcomes AS outcome
        WHERE outcome.action_id = action.id AND outcome IN ('done', 'refused', 'failed'))`,
    see: `SELECT * FROM bulk_action_orders LEFT JOIN operator_action_outcomes USING (action_id) WHERE action_id = :actionId`,
  }),
  sqlCheck({
    invariant: 'I25',
    name: 'a bulk that needs a second person begins after one has agreed',
    over: 'bulk_actions',
    wrong: `SELECT bulk.id AS "bulkId", CASE
          WHEN decision.actor = bulk.actor THEN format('asked for and approved by %s', bulk.actor)
          ELSE format('%s, and nobody has agreed', begun.step) END AS message
      FROM bulk_actions AS bulk
      LEFT JOIN bulk_action_steps AS decision ON decision.bulk_id = bulk.id AND decision.step = 'approved'
      LEFT JOIN bulk_action_steps AS begun ON begun.bulk_id = bulk.id AND begun.step = 'running'
      WHERE decision.actor = bulk.actor
        OR (bulk.needs_second_person AND begun.step IS NOT NULL AND decision.step IS NULL)`,
    see: 'SELECT * FROM bulk_action_steps WHERE bulk_id = :bulkId ORDER BY id',
  }),
  triggerCheck('I25', 'what people did is only added', [
    'operator_actions',
    'operator_action_outcomes',
    'operation_resolutions',
    'bulk_actions',
    'bulk_action_orders',
    'bulk_action_steps',
  ]),
];
