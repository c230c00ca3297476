/**
 * Records the history of every branch from a real server into tests/replay/histories, to be replayed on later versions of
 * the workflows. Run it with `npm run record:histories`, with names of branches after `--` to record only those.
 *
 * Histories are kept as the server has them, but decrypted: the key of the run that recorded them ends with it, and nobody
 * in them is a real person.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startTestStack, stopTestStack } from '../support/running-stack.ts';
import { STACK_FILE_VARIABLE } from '../support/stack.ts';
import { API_KEY, startFraudScore } from '../integration/simulators/programs.ts';
import { OrderLab } from '../integration/workflow/order-lab.ts';
import { BRANCHES } from './branches.ts';
import { toFileForm } from './history-file.ts';

const FOLDER = fileURLToPath(new URL('./histories/', import.meta.url));
/** Some branches wait for seconds, and a server with two cores does several of them at once. */
const AT_ONCE = 4;

const asked = process.argv.slice(2);
const names = asked.length === 0 ? Object.keys(BRANCHES) : asked;
const unknown = names.filter((name) => !(name in BRANCHES));
if (unknown.length > 0) {
  console.error(`There is no branch ${unknown.join(', ')}. There are: ${Object.keys(BRANCHES).join(', ')}`);
  process.exit(2);
}

const problems: string[] = [];
// The servers of another run serve as well.
const isOnItsOwn = process.env[STACK_FILE_VARIABLE] === undefined;
if (isOnItsOwn) await startTestStack();
try {
  const scorer = await startFraudScore();
  const lab = await OrderLab.start({
    PROVIDER_TIMEOUT_MS: '10000',
    // Orders that are screened have the score that their branch says.
    FRAUD_SCORE_URL: scorer.url,
    FRAUD_SCORE_API_KEY: API_KEY,
    FRAUD_WEIGHT_RULES: '0',
    FRAUD_WEIGHT_MODEL: '0',
    FRAUD_WEIGHT_EXTERNAL: '1',
    FRAUD_SCORE_TIMEOUT_MS: '15000',
  });
  try {
    await mkdir(FOLDER, { recursive: true });
    const waiting = [...names];
    const recordNext = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        await record(lab, name).catch((error: unknown) => problems.push(`${name}: ${String(error)}`));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, recordNext));
    problems.push(...(await lab.violations()));
  } finally {
    await lab.stop();
    await scorer.dispose();
  }
} finally {
  if (isOnItsOwn) await stopTestStack();
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

async function record(lab: OrderLab, name: string): Promise<void> {
  const { orderId, runId } = (await BRANCHES[name]?.(lab)) ?? { orderId: '' };
  const history = await lab.temporal.client.workflow.getHandle(orderId, runId).fetchHistory();
  const { payloadCodecs } = lab.temporal.client.options.loadedDataConverter;
  const { events } = await toFileForm(history, payloadCodecs);
  const lines = events.map((event) => JSON.stringify(event)).join(',\n');
  await writeFile(
    `${FOLDER}${name}.json`,
    `{"workflowId":"${orderId}","history":{"events":[\n${lines}\n]}}\n`,
  );
  console.log(`${name}: ${events.length} events`);
}
