/** The tool's commands, and what becomes of their results and errors. */
import { Command, CommanderError } from 'commander';
import { ApiRefusalError, ApiReplyError, ApiUnreachableError } from './api/api-errors.ts';
import type { Cli, CommandResult } from './command.ts';
import { addListAttention } from './attention/list-attention.command.ts';
import { addAudit } from './audit/audit.command.ts';
import { CouldNotCheckError, RefusedError, WrongUseError, type CliContext } from './context.ts';
import { addDecideApproval } from './actions/decide-approval.command.ts';
import { addListActions, addListApprovals } from './actions/list-actions.command.ts';
import { addListBulks } from './bulk/list-bulks.command.ts';
import { addShowBulk } from './bulk/show-bulk.command.ts';
import { addPreviewBulk, addStartBulk } from './bulk/start-bulk.command.ts';
import { addSteerBulk } from './bulk/steer-bulk.command.ts';
import { addCloseBreak } from './breaks/close-break.command.ts';
import { addListBreaks } from './breaks/list-breaks.command.ts';
import { addCompletions } from './completions/print-completions.command.ts';
import { addListDeadLetters } from './dead-letters/list-dead-letters.command.ts';
import { addRedriveDeadLetters } from './dead-letters/redrive-dead-letters.command.ts';
import { addDiscardDeadLetters } from './dead-letters/discard-dead-letters.command.ts';
import { addReplayEvents } from './events/replay-events.command.ts';
import { addImportRetail } from './import-retail/import-retail.command.ts';
import { addAdjustInventory } from './inventory/adjust-inventory.command.ts';
import { addShowInventory } from './inventory/show-inventory.command.ts';
import { addPutItem } from './items/put-item.command.ts';
import { addShowItem } from './items/show-item.command.ts';
import { addExplainOrder } from './orders/explain-order.command.ts';
import { addCancelOrder } from './orders/cancel-order.command.ts';
import {
  addPlainOperations,
  addRedirections,
  addResendNotification,
  addResolveOutcome,
} from './orders/operate-order.command.ts';
import { addListOrders } from './orders/list-orders.command.ts';
import { addLedgerBalances } from './ledger/ledger-balances.command.ts';
import { addOrderEvents } from './orders/order-events.command.ts';
import { addOrderLedger } from './orders/order-ledger.command.ts';
import { addRefundOrder } from './orders/refund-order.command.ts';
import { addShowOrder } from './orders/show-order.command.ts';
import { addRebuildProjections } from './projections/rebuild-projections.command.ts';
import { addAssignReview } from './reviews/assign-review.command.ts';
import { addDecideReview } from './reviews/decide-review.command.ts';
import { addListReviews } from './reviews/list-reviews.command.ts';
import { addShowReview } from './reviews/show-review.command.ts';
import { addListWaitingRooms } from './waiting-rooms/list-waiting-rooms.command.ts';
import { addPutWaitingRoom } from './waiting-rooms/put-waiting-room.command.ts';
import { addShowWaitingRoom } from './waiting-rooms/show-waiting-room.command.ts';
import { addListVersions } from './worker-versions/list-versions.command.ts';
import { addMoveOrders } from './worker-versions/move-orders.command.ts';
import { addPromoteVersion } from './worker-versions/promote-version.command.ts';
import { addRollbackVersion } from './worker-versions/rollback-version.command.ts';

const EXIT_NO = 1;
const EXIT_WRONG_USE = 2;

const ENVIRONMENT_HELP = `
Environment:
  ORDER_SAGA_URL      address of the API (default http://127.0.0.1:3000)
  ORDER_SAGA_API_KEY  an API key; without one, the demo keys of a stack that \`npm start\` runs here are used

Exit codes: 0 done, 1 it ran and the answer is "no", 2 wrong use or not possible.
With --json, and npm's own lines silenced (npm run -s saga -- …), stdout is one JSON document, errors included.`;

function createProgram(cli: Cli): Command {
  const program = new Command('saga')
    .description('Operates an order-saga service from a terminal, over its HTTP API.')
    .addHelpText('after', ENVIRONMENT_HELP)
    .helpCommand(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.context.writeOut(text),
      writeErr: (text) => cli.context.remark(text.trimEnd()),
    })
    .showHelpAfterError('(add --help for what is possible)');
  const orders = program
    .command('orders')
    .description('List, show and explain orders, and what an operator can do to them');
  addListOrders(orders, cli);
  addShowOrder(orders, cli);
  addExplainOrder(orders, cli);
  addOrderEvents(orders, cli);
  addOrderLedger(orders, cli);
  addCancelOrder(orders, cli);
  addRefundOrder(orders, cli);
  const attention = program.command('attention').description('What calls a person');
  addListAttention(attention, cli);
  addPlainOperations(orders, cli);
  addResolveOutcome(orders, cli);
  addResendNotification(orders, cli);
  addRedirections(orders, cli);
  const actions = program.command('actions').description('What people did to orders');
  addListActions(actions, cli);
  const approvals = program.command('approvals').description('Actions that wait for a second person');
  addListApprovals(approvals, cli);
  addDecideApproval(approvals, cli, 'approve');
  addDecideApproval(approvals, cli, 'decline');
  const bulk = program.command('bulk').description('What is done to many orders at once');
  addPreviewBulk(bulk, cli);
  addStartBulk(bulk, cli);
  addListBulks(bulk, cli);
  addShowBulk(bulk, cli);
  addSteerBulk(bulk, cli);
  const ledger = program.command('ledger').description('What finance reads');
  addLedgerBalances(ledger, cli);
  const inventory = program.command('inventory').description('Show and adjust stock');
  addShowInventory(inventory, cli);
  addAdjustInventory(inventory, cli);
  const items = program.command('items').description('Show and put items of the catalogue');
  addShowItem(items, cli);
  addPutItem(items, cli);
  const waitingRooms = program
    .command('waiting-rooms')
    .description('Rooms in which customers wait for items');
  addPutWaitingRoom(waitingRooms, cli);
  addShowWaitingRoom(waitingRooms, cli);
  addListWaitingRooms(waitingRooms, cli);
  const deadLetters = program.command('dead-letters').description('Messages that were put aside');
  addListDeadLetters(deadLetters, cli);
  addRedriveDeadLetters(deadLetters, cli);
  addDiscardDeadLetters(deadLetters, cli);
  const events = program.command('events').description('Events that were published');
  addReplayEvents(events, cli);
  const projections = program.command('projections').description('The read model');
  addRebuildProjections(projections, cli);
  const breaks = program.command('breaks').description('Differences between providers and our records');
  addListBreaks(breaks, cli);
  addCloseBreak(breaks, cli, 'explain');
  addCloseBreak(breaks, cli, 'settle');
  const reviews = program.command('reviews').description('Orders that a person has to look at');
  addListReviews(reviews, cli);
  addShowReview(reviews, cli);
  addAssignReview(reviews, cli);
  addDecideReview(reviews, cli, 'approve');
  addDecideReview(reviews, cli, 'reject');
  const versions = program
    .command('worker-versions')
    .description('Versions of the order workers, and which of them takes new orders');
  addListVersions(versions, cli);
  addPromoteVersion(versions, cli);
  addRollbackVersion(versions, cli);
  addMoveOrders(versions, cli);
  addImportRetail(program, cli);
  addAudit(program, cli);
  addCompletions(program, cli);
  return program;
}

/** An error as the document that `--json` prints. */
function errorDocument(error: unknown): { readonly error: Readonly<Record<string, unknown>> } {
  if (error instanceof ApiRefusalError) return { error: error.problem };
  if (error instanceof CommanderError) return { error: { code: 'WRONG_USE', title: error.message } };
  const code =
    error instanceof WrongUseError
      ? 'WRONG_USE'
      : error instanceof CouldNotCheckError
        ? 'COULD_NOT_CHECK'
        : error instanceof RefusedError
          ? 'REFUSED'
          : error instanceof ApiUnreachableError
            ? 'UNREACHABLE'
            : error instanceof ApiReplyError
              ? 'UNEXPECTED_REPLY'
              : 'FAILED';
  return { error: { code, title: error instanceof Error ? error.message : String(error) } };
}

/** What a person reads of an error. */
function errorText(error: unknown): string {
  if (!(error instanceof ApiRefusalError)) return error instanceof Error ? error.message : String(error);
  const { problem } = error;
  const fields = (problem.errors ?? []).map(({ pointer, message }) => `  ${pointer}: ${message}`);
  const request = problem.requestId === undefined ? '' : `, request ${problem.requestId}`;
  const possible = (problem.possible ?? []).map((action) => action.replaceAll('_', ' ')).join(' · ');
  return [
    `${error.message} (${problem.code}, HTTP ${problem.status}${request})`,
    ...fields,
    ...(possible === '' ? [] : [`  Possible instead: ${possible}`]),
  ].join('\n');
}

/**
 * Runs one command.
 * @param words what stands after `saga`
 * @returns the exit code: 0 done, 1 the answer is "no", 2 wrong use or not possible
 */
export async function runCli(words: readonly string[], context: CliContext): Promise<number> {
  let exitCode = 0;
  const deliver = (result: CommandResult, options: { readonly json?: boolean }): void => {
    context.writeOut(options.json ? `${JSON.stringify(result.json, null, 2)}\n` : `${result.text}\n`);
    exitCode = result.exitCode ?? 0;
  };
  try {
    await createProgram({ context, deliver }).parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and the version are asked for; commander has written them.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const isWrongUse =
      error instanceof CommanderError ||
      error instanceof WrongUseError ||
      error instanceof CouldNotCheckError;
    // Commander has written its own errors to stderr.
    if (!(error instanceof CommanderError)) context.remark(errorText(error));
    if (words.includes('--json')) context.writeOut(`${JSON.stringify(errorDocument(error), null, 2)}\n`);
    return isWrongUse ? EXIT_WRONG_USE : EXIT_NO;
  }
}
