import { Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { RESOLUTIONS, type ActionName } from '../../domain/operations/actions.ts';
import { MAIL_TEMPLATES } from '../../domain/orders/mail-template.ts';
import { defineOperation, operate, type OperateOptions } from '../actions/operate-order.ts';
import type { Cli } from '../command.ts';
import { WrongUseError } from '../context.ts';
import { personPath } from '../person-path.ts';

const ORDER = 'ord_0123456789abcdefghjkmnpqrs';

/** `orders hold`, `release` and `retry`, which need nothing but the order. */
export function addPlainOperations(parent: Command, cli: Cli): void {
  const plain = (usage: string, action: ActionName, summary: string, why: string, notes?: string): void => {
    defineOperation(parent, {
      usage: `${usage} <order-id>`,
      summary,
      ...(notes === undefined ? {} : { notes }),
      examples: [[`orders ${usage} ${ORDER} --reason ${why}`, 'with the reason that colleagues will read']],
    }).action((orderId: string, options: OperateOptions) => operate(cli, orderId, action, {}, options));
  };
  plain(
    'hold',
    'hold',
    'Begin no further step of an order until it is released',
    'fraud_suspected',
    'The step under way ends, the money stays held, and cancelling and refunding work meanwhile.',
  );
  plain('release', 'release', 'Let a held order go on', 'customer_was_called');
  plain('retry', 'retry_now', 'Try what waits for its next attempt at once', 'provider_is_back');
  defineOperation(parent, {
    usage: 'skip-mail <order-id>',
    summary: 'Give up a mail that cannot be sent',
    examples: [[`orders skip-mail ${ORDER} --reason mailbox_is_gone`, 'the next mail goes out']],
  }).action((orderId: string, options: OperateOptions) =>
    operate(cli, orderId, 'skip_step', { step: 'notification' }, options),
  );
}

interface ResolveOptions extends OperateOptions {
  readonly operation: string;
  readonly outcome: string;
  readonly reference?: string;
  readonly evidence: string;
}

/** `orders resolve` */
export function addResolveOutcome(parent: Command, cli: Cli): void {
  defineOperation(parent, {
    usage: 'resolve <order-id>',
    summary: 'Say what became of an operation at the payment provider whose answer was lost',
    notes: 'It counts while the provider itself does not say; a definite answer is never overridden.',
    examples: [
      [
        `orders resolve ${ORDER} --operation ${ORDER}:capture:1 --outcome succeeded --reference cap_81 --evidence "seen on their pages" --reason provider_away`,
        'it was charged, as cap_81',
      ],
      [
        `orders resolve ${ORDER} --operation ${ORDER}:capture:1 --outcome never_happened --evidence "their desk says so" --reason provider_away`,
        'it was not, and is charged with the same key',
      ],
    ],
  })
    .requiredOption('--operation <key>', 'its key, as `orders explain` or the attention says')
    .addOption(
      new Option('--outcome <outcome>', 'what became of it').choices(RESOLUTIONS).makeOptionMandatory(),
    )
    .option('--reference <id>', 'the provider’s own id of it; needed with succeeded')
    .requiredOption('--evidence <text>', 'what it is known from; no personal data')
    .action((orderId: string, options: ResolveOptions) => {
      const { operation: operationKey, outcome, reference, evidence } = options;
      const body = {
        operationKey,
        outcome,
        evidence,
        ...(reference === undefined ? {} : { providerReference: reference }),
      };
      return operate(cli, orderId, 'resolve_outcome', body, options);
    });
}

interface ResendOptions extends OperateOptions {
  readonly template: string;
  readonly refund?: string;
}

/** `orders resend` */
export function addResendNotification(parent: Command, cli: Cli): void {
  defineOperation(parent, {
    usage: 'resend <order-id>',
    summary: 'Send a mail to the customer again',
    examples: [
      [`orders resend ${ORDER} --template confirmed --reason mail_was_lost`, 'the confirmation once more'],
      [
        `orders resend ${ORDER} --template refunded --refund ref_0123456789abcdefghjkmnpqrs --reason mail_was_lost`,
        'the mail about one refund',
      ],
    ],
  })
    .addOption(new Option('--template <name>', 'which mail').choices(MAIL_TEMPLATES).makeOptionMandatory())
    .option('--refund <id>', 'the refund that the mail is about')
    .action((orderId: string, options: ResendOptions) => {
      const { template, refund } = options;
      const body = { template, ...(refund === undefined ? {} : { subjectId: refund }) };
      return operate(cli, orderId, 'resend_notification', body, options);
    });
}

/** `orders reroute` and `orders change-address` */
export function addRedirections(parent: Command, cli: Cli): void {
  defineOperation(parent, {
    usage: 'reroute <order-id>',
    summary: 'Send an order from another location, before its label is bought or once it was refused',
    examples: [[`orders reroute ${ORDER} --location west --reason main_is_flooded`, 'all of it or nothing']],
  })
    .requiredOption('--location <id>', 'where everything is to be held')
    .action((orderId: string, options: OperateOptions & { readonly location: string }) =>
      operate(cli, orderId, 'reroute', { locationId: options.location }, options),
    );
  defineOperation(parent, {
    usage: 'change-address <order-id>',
    summary: 'Send an order to another address, before its label is bought or once it was refused',
    notes: 'The file holds { "name", "line1", "line2"?, "city", "region"?, "postalCode", "country" }.',
    examples: [
      [
        `orders change-address ${ORDER} --address address.json --reason customer_moved`,
        'from a file, so that no address stays in the history of the shell',
      ],
    ],
  })
    .requiredOption('--address <file>', 'a JSON file with the whole address')
    .action((orderId: string, options: OperateOptions & { readonly address: string }) => {
      const shipTo = readAddress(personPath(options.address, cli.context.environment));
      return operate(cli, orderId, 'change_address', { shipTo }, options);
    });
}

function readAddress(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new WrongUseError(
      `${path} cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}.`,
    );
  }
}
