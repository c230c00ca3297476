import { z } from 'zod';
import type { RecordedBulk } from '../../../../db/repositories/bulk-actions.repository.ts';
import { hasEnded, stateOfBulk, type BulkState } from '../../../domain/operations/bulk-action.ts';
import {
  BULK_COMMANDS,
  type BulkCommand,
  type SteerBulkResult,
} from '../../../workflows/operations/bulk-action.contract.ts';
import type { TemporalFailure } from '../../../operations/temporal-errors.ts';
import type { Principal } from '../../auth/principal.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { defineCommand, type Answer, type Endpoint } from '../../http/endpoint.ts';
import { unavailable } from '../../http/errors.ts';
import { text } from '../../http/fields.ts';
import { bulkId } from '../actions/action.schema.ts';
import { bulkNotPossible } from './bulk-errors.ts';
import { bulkAction, toBulkAnswer } from './bulk.schema.ts';
import { findBulk, steerBulk } from './run-bulk.ts';

const SUMMARIES: Readonly<Record<BulkCommand, string>> = {
  pause: 'Let a bulk begin with no further order until it is resumed',
  resume: 'Let a paused bulk go on',
  stop: 'Let a bulk begin with no further order, for good',
};
const STOP_WITHDRAWS = 'One that waits for a second person is withdrawn.';

const steerBody = z
  .strictObject({
    reason: text(200).meta({ description: 'Why; kept for ever, so no personal data.' }),
  })
  .meta({ id: 'SteerBulk' });

/** One address for each command. */
export const steerBulkEndpoints: readonly Endpoint[] = BULK_COMMANDS.map((command) =>
  defineCommand({
    method: 'post',
    path: `/v1/ops/bulk/{id}/${command}`,
    operationId: `${command}Bulk`,
    tag: 'Operations',
    summary: SUMMARIES[command],
    description: `What is under way comes to its end.${command === 'stop' ? ` ${STOP_WITHDRAWS}` : ''}`,
    permission: 'actions:run',
    params: z.strictObject({ id: bulkId }),
    body: steerBody,
    answers: { 200: { description: 'The bulk as it is now', schema: bulkAction } },
    errors: ['NOT_FOUND', 'BULK_NOT_POSSIBLE'],
    handle: async ({ params, body, principal, idempotency, note }, dependencies) => {
      note({ workflowId: params.id });
      const bulk = await findBulk(params.id, dependencies);
      const state = stateOf(bulk);
      if (hasEnded(state)) return answerEnded(bulk, command);
      if (command === 'stop' && state === 'pending_approval')
        return withdraw(bulk, principal, body.reason, dependencies);
      if (state === 'pending_approval') throw bulkNotPossible('not_begun', 'It waits for a second person.');
      const input = {
        commandId: idempotency.deriveId('cmd'),
        command,
        actor: principal.id,
        role: principal.role,
        reason: body.reason,
      };
      const said = await steerBulk(bulk.id, input, dependencies);
      const after = await findBulk(bulk.id, dependencies);
      if (typeof said !== 'string' && said.kind === 'taken')
        return { httpStatus: 200, body: toBulkAnswer(after) };
      throw refusalOf(said, stateOf(after));
    },
  }),
);

function stateOf({ steps }: RecordedBulk): BulkState {
  return stateOfBulk(steps.map(({ step }) => step));
}

/** Stopping what has been stopped changes nothing more. */
function answerEnded(bulk: RecordedBulk, command: BulkCommand): Answer {
  const state = stateOf(bulk);
  if (command === 'stop' && (state === 'stopped' || state === 'withdrawn'))
    return { httpStatus: 200, body: toBulkAnswer(bulk) };
  throw bulkNotPossible('ended', `It is ${state}.`);
}

async function withdraw(
  { id: bulkId }: RecordedBulk,
  { id: actor, role }: Principal,
  detail: string,
  dependencies: ApiDependencies,
): Promise<Answer> {
  await dependencies.repositories.bulkActions.decide({ bulkId, step: 'withdrawn', actor, role, detail });
  const bulk = await findBulk(bulkId, dependencies);
  if (stateOf(bulk) !== 'withdrawn') throw bulkNotPossible('decided_already', `It is ${stateOf(bulk)}.`);
  return { httpStatus: 200, body: toBulkAnswer(bulk) };
}

function refusalOf(said: SteerBulkResult | TemporalFailure, state: BulkState): Error {
  if (typeof said !== 'string') return bulkNotPossible(said.kind === 'refused' ? said.why : 'ended');
  if (hasEnded(state)) return bulkNotPossible('ended', `It is ${state}.`);
  if (said === 'closed' && (state === 'asked' || state === 'approved')) return bulkNotPossible('not_begun');
  return unavailable('The bulk could not be asked in time. Send it again with the same Idempotency-Key.');
}
