/** What `bulk preview` and `bulk start` both take: what is done, and to which orders. */
import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { BULK_ACTIONS } from '../../domain/operations/bulk-action.ts';
import { MAIL_TEMPLATES } from '../../domain/orders/mail-template.ts';
import { ORDER_STATUSES } from '../../domain/orders/order-status.ts';
import { countingNumber, positiveInteger } from '../arguments.ts';
import type { Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { personPath } from '../person-path.ts';

export interface BulkOptions {
  readonly action: string;
  readonly template?: string;
  readonly status?: readonly string[];
  readonly attention?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly customer?: string;
  readonly sku?: string;
  readonly minTotal?: number;
  readonly maxTotal?: number;
  readonly order?: readonly string[];
  readonly ordersFile?: string;
  readonly perSecond?: number;
  readonly json?: boolean;
}

export const BULK_NOTES =
  'Orders are meant by conditions, all of which have to hold, or named with --order and --orders-file. A bulk is never about all ' +
  'orders. Amounts are in minor units. A refund gives back all that is left of an order.';

const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Adds the options. */
export function withBulkOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--action <action>', 'what is done to each order')
        .choices(BULK_ACTIONS)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--template <name>', 'which mail; with resend_notification').choices(MAIL_TEMPLATES),
    )
    .addOption(new Option('--status <status...>', 'orders in one of these statuses').choices(ORDER_STATUSES))
    .option('--attention <code>', 'orders that call a person for this')
    .option('--created-after <time>', 'orders placed at or after this time, RFC 3339')
    .option('--created-before <time>', 'orders placed before this time, RFC 3339')
    .option('--customer <id>', 'orders of this customer')
    .option('--sku <sku>', 'orders with this item')
    .option('--min-total <amount>', 'orders of this total or more', countingNumber)
    .option('--max-total <amount>', 'orders of this total or less', countingNumber)
    .option('--order <id>', 'this order; may be given several times', several)
    .option('--orders-file <file>', 'the orders in this file, one id a line')
    .option('--per-second <count>', 'how many orders a second at the most', positiveInteger);
}

/** The body of the request. @throws WrongUseError when it does not say which orders, or when the file cannot be read */
export function bulkBody(cli: Cli, options: BulkOptions): Readonly<Record<string, unknown>> {
  const orderIds = [...(options.order ?? []), ...ordersInFile(cli, options.ordersFile)];
  const filter = present({
    statuses: options.status,
    attentionCode: options.attention,
    createdAfter: options.createdAfter,
    createdBefore: options.createdBefore,
    customerId: options.customer,
    sku: options.sku,
    minTotalMinor: options.minTotal,
    maxTotalMinor: options.maxTotal,
  });
  const isNamed = options.order !== undefined || options.ordersFile !== undefined;
  const hasFilter = Object.keys(filter).length > 0;
  if (isNamed === hasFilter)
    throw new WrongUseError(
      isNamed
        ? 'Say which orders by conditions, or name them; not both.'
        : 'Say which orders: a condition such as --status or --sku, or --order or --orders-file.',
    );
  if (isNamed && orderIds.length === 0) throw new WrongUseError('The file names no order.');
  return present({
    action: options.action,
    template: options.template,
    perSecond: options.perSecond,
    ...(isNamed ? { orderIds } : { filter }),
  });
}

function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function ordersInFile(cli: Cli, file: string | undefined): readonly string[] {
  if (file === undefined) return [];
  const path = personPath(file, cli.context.environment);
  try {
    return readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch (cause) {
    throw new WrongUseError(
      `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        cause,
      },
    );
  }
}
