/** `npm run train:fraud`: trains the fraud model on orders that it makes up, and measures it on others. */
import { writeFileSync } from 'node:fs';
import { FRAUD_MODEL_FILE } from '../../src/adapters/fraud/read-fraud-model.ts';
import { DEFAULT_FRAUD_SETTINGS } from '../../src/domain/fraud/fraud-settings.ts';
import { runCampaign, say } from '../../tests/chaos/support/campaign-program.ts';
import { writeReport } from '../../tests/chaos/support/report.ts';
import { seedOf } from '../../tests/chaos/support/seeded.ts';
import { TRAINING, trainModel } from './fraud-training.ts';
import { measureScreening, scoreOrders } from './measure-screening.ts';
import { reportSections, summaryOf } from './training-report.ts';

const REPORT = 'docs/reports/fraud.md';

const HELP = `Usage: npm run train:fraud -- [options]

Makes up orders of which it is known whether they are fraud, learns the weights of the fraud model from one half, and measures
screening on the other half at the thresholds of the service. Without --write it only shows what it measured.

  --seed S    the same seed gives the same model and the same figures (default: ${TRAINING.seed})
  --orders N  how many are learned from, and as many measured (default: ${TRAINING.orders})
  --write     keeps the weights in src/domain/fraud/fraud-model.json and writes ${REPORT}
  --help      this text
`;

interface Options {
  readonly seed: number;
  readonly orders: number;
  readonly write: boolean;
}

function read(values: Readonly<Record<string, string | undefined>>): Options {
  const orders = Number(values['orders'] ?? TRAINING.orders);
  if (!Number.isInteger(orders) || orders < 1_000)
    throw new RangeError(`--orders is a whole number from 1000, not ${values['orders']}`);
  return {
    seed: seedOf(values['seed'] ?? String(TRAINING.seed)),
    orders,
    write: values['write'] !== undefined,
  };
}

await runCampaign<Options>({
  help: HELP,
  flags: ['seed', 'orders'],
  switches: ['write'],
  read,
  run: async ({ seed, orders, write }) => {
    const startedAt = new Date();
    say(`learning from ${orders} orders with seed ${seed} …`);
    const { model, heldOut } = trainModel({ seed, orders, heldOut: orders });
    const scored = scoreOrders(heldOut, model, DEFAULT_FRAUD_SETTINGS);
    const measured = measureScreening(scored, DEFAULT_FRAUD_SETTINGS);
    process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
    if (!write) return true;
    writeFileSync(FRAUD_MODEL_FILE, `${JSON.stringify(model, null, 2)}\n`);
    await writeReport(REPORT, {
      title: 'Fraud screening, measured',
      summary: summaryOf(scored, measured),
      command: `npm run train:fraud -- --write --seed ${seed} --orders ${orders}`,
      seed,
      startedAt,
      sections: reportSections({ model, heldOut, scored }),
    });
    say(`wrote ${REPORT} and the weights`);
    return true;
  },
});
