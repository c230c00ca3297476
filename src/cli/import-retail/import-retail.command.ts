import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { createApiClient } from '../api/api-client.ts';
import { countingNumber, positiveInteger } from '../arguments.ts';
import { defineCommand, type Cli, type CommandResult } from '../command.ts';
import { personPath } from '../person-path.ts';
import { WrongUseError } from '../context.ts';
import { resolveCredentials } from '../credentials.ts';
import { groupInvoices, type RetailPlan } from './group-invoices.ts';
import { parseRetailFile, type ParsedRetailFile } from './parse-retail-file.ts';
import { runWithProgress } from './progress.ts';
import { isReconciled, reconcile } from './reconcile.ts';
import { Replay } from './replay.ts';
import { reportText } from './report-text.ts';
import { RETAIL_COLUMNS } from './retail-row.ts';

interface ImportOptions {
  readonly speed: 'max' | number;
  readonly stock: 'auto' | number;
  readonly concurrency: number;
  readonly wait: number;
  readonly json?: boolean;
}

/** How long the service may be busy, or away for a restart, before an import that is under way gives up. */
const BUSY_PATIENCE_MS = 5 * 60_000;
const SILENCE_PATIENCE_MS = 2 * 60_000;

const NOTES = `The data set is "Online Retail" of the UCI Machine Learning Repository (Chen, D., 2015,
https://doi.org/10.24432/C5BW33), licence CC BY 4.0: one year of invoices of a British shop. It is not part of this
project. Download "Online Retail.xlsx" there and save it as CSV in UTF-8 with dates as dd/mm/yyyy hh:mm, for example:

  python3 -c "import pandas; t = pandas.read_excel('Online Retail.xlsx', dtype=str); \\
    t['InvoiceDate'] = pandas.to_datetime(t['InvoiceDate']).dt.strftime('%d/%m/%Y %H:%M'); \\
    t['UnitPrice'] = t['UnitPrice'].astype(float).map(lambda p: f'{p:.3f}'.rstrip('0').rstrip('.')); \\
    t.to_csv('online-retail.csv', index=False)"

Columns: ${RETAIL_COLUMNS.join(', ')}.

What becomes of a row:
  sale          InvoiceNo of 6 digits, Quantity and UnitPrice above zero. All rows of an invoice are one order, one line
                each, at the price of the row. Postage, fees and the like (POST, DOT, M …) are lines too, because they
                are part of what was paid. Stock codes are taken as they stand, case included.
  cancellation  InvoiceNo of C and 6 digits. It takes back the latest earlier invoice of the same customer that has the
                same item at the same price and enough units left: a whole order by a cancel, otherwise by a refund of
                those lines. Nothing goes back on the shelf by a refund. Rows without such an invoice are listed.
  not taken     everything else, each with its line and reason: zero prices, negative quantities outside cancellations,
                parts of a penny, and rows that cannot be read. The rest of the file is not affected.

Orders are placed for customer cus_<CustomerID>, or cus_guest_<InvoiceNo>, paid with the test card tok_visa, and sent to a
made-up address in the row's country (GB when that is no country). Every request has an idempotency key that follows from
the file, so running it again, also after it was stopped, does nothing twice; use the same API key for that. The exit code
is 1 when something is pending or refused, or when the difference is not zero.`;

function speed(text: string): 'max' | number {
  if (text === 'max') return text;
  const factor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(factor > 0)) throw new InvalidArgumentError('It must be max or a number above zero.');
  return factor;
}

function stock(text: string): 'auto' | number {
  return text === 'auto' ? text : countingNumber(text);
}

/** @throws WrongUseError when there is nothing in the file that can be imported */
async function readPlan(
  path: string,
): Promise<{ readonly file: ParsedRetailFile; readonly plan: RetailPlan }> {
  let file: ParsedRetailFile;
  try {
    file = await parseRetailFile(path);
  } catch (error) {
    throw new WrongUseError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
  const plan = groupInvoices(file.records);
  if (plan.invoiceCount === 0) {
    const [first] = plan.skippedRows;
    const why = first === undefined ? 'it has no rows' : `line ${first.line}: ${first.reason}`;
    throw new WrongUseError(
      `${path} is not the data set: no row of it can be read (${why}). Expected columns: ${RETAIL_COLUMNS.join(', ')}.`,
    );
  }
  return { file, plan };
}

async function importRetail(path: string, options: ImportOptions, cli: Cli): Promise<CommandResult> {
  const { environment, signal } = cli.context;
  const { file, plan } = await readPlan(personPath(path, environment));
  const credentials = resolveCredentials(cli.context, 'importer');
  // A wrong address or key is told at once, before anything is done.
  const impatient = createApiClient({ ...credentials, signal, busyPatienceMs: 15_000, silencePatienceMs: 0 });
  await impatient.call({ method: 'GET', path: '/v1/orders', query: { limit: 1 } }, z.looseObject({}));
  const api = createApiClient({
    ...credentials,
    signal,
    busyPatienceMs: BUSY_PATIENCE_MS,
    silencePatienceMs: SILENCE_PATIENCE_MS,
  });
  const replay = new Replay({ api, signal, waitMs: options.wait * 1000 }, plan, {
    ...options,
    digest: file.digest,
  });
  let stopped: string | null = null;
  try {
    await runWithProgress([
      { title: 'Items and stock', run: (report) => replay.prepareItems(report) },
      { title: 'Orders and cancellations', run: (report) => replay.placeAndCancel(report) },
      { title: 'Reconciliation', run: (report) => replay.lookAtOrders(report) },
    ]);
  } catch (error) {
    stopped = error instanceof Error ? error.message : String(error);
    cli.context.remark(stopped);
  }
  const result = reconcile(replay.state(stopped));
  return { json: result, text: reportText(result), exitCode: isReconciled(result) ? 0 : 1 };
}

/** `import-retail` */
export function addImportRetail(parent: Command, cli: Cli): void {
  defineCommand(parent, {
    usage: 'import-retail <file>',
    summary:
      'Replay the invoices of the UCI "Online Retail" data set as orders, and reconcile them to the penny',
    notes: NOTES,
    examples: [
      ['import-retail online-retail.csv', 'as fast as it goes, with stock for every order'],
      ['import-retail online-retail.csv --speed 3600', 'an hour of the shop in a second'],
      [
        'import-retail online-retail.csv --stock 10 --json',
        'ten of each item, so that some orders are rejected',
      ],
    ],
  })
    .option('--speed <factor>', 'how many times faster than the shop’s clock, or max', speed, 'max')
    .option(
      '--stock <units>',
      'units of each item to put on the shelf, or auto for what the file needs',
      stock,
      'auto',
    )
    .option('--concurrency <count>', 'how many orders are under way at once', positiveInteger, 4)
    .option(
      '--wait <seconds>',
      'how long an order may stay undecided, or uncaptured before its refund, until it is reported as pending',
      positiveInteger,
      120,
    )
    .action(async (path: string, options: ImportOptions) => {
      cli.deliver(await importRetail(path, options, cli), options);
    });
}
