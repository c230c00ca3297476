/**
 * Screens an order for fraud before anybody is asked for its money. It has no undo: what it records is what was said, and the
 * end of the order closes the review that it may have opened.
 */
import type { OrderRef } from '../../../db/repositories/orders.repository.ts';
import type { RecordedScreening, ScreeningSubject } from '../../../db/repositories/fraud.repository.ts';
import { assessFraud, type ExternalScore } from '../../domain/fraud/assess-fraud.ts';
import { mailDomainOf } from '../../domain/fraud/disposable-mail.ts';
import type { Money } from '../../domain/money.ts';
import type { ShippingAddress } from '../../domain/orders/order.ts';
import {
  OutcomeUnknownError,
  ProviderRefusedError,
  ProviderUnavailableError,
} from '../../domain/provider-errors.ts';
import type { ActivityDependencies } from '../shared/dependencies.ts';

type Dependencies = Pick<ActivityDependencies, 'fraud' | 'screening'>;

export interface ScreenOrderInput extends OrderRef {
  readonly customerId: string;
  readonly total: Money;
  readonly unitCount: number;
  readonly paymentToken: string;
  readonly shipTo: ShippingAddress;
  readonly email: string;
}

/** What holds of the order's screening, and where the order stands. */
export type ScreenOrderResult = RecordedScreening;

/**
 * Reads what is known, asks the external scorer where there is one, and records the assessment, with the review when it asks
 * for one. Safe to repeat: a repetition answers what was recorded first. An external scorer that does not answer takes no part,
 * and the assessment says so.
 *
 * @throws DATABASE_UNAVAILABLE (retried)
 */
export async function screenOrder(deps: Dependencies, input: ScreenOrderInput): Promise<ScreenOrderResult> {
  const { fraud, screening } = deps;
  const { orderId, cause, customerId, total, unitCount, shipTo, email } = input;
  const subject: ScreeningSubject = {
    customerId,
    total,
    country: shipTo.country,
    cardDigest: screening.digests.digest('card', input.paymentToken),
    addressDigest: screening.digests.digest('address', comparable(shipTo)),
  };
  const { recorded, earlier } = await fraud.readScreening({ orderId, ...subject });
  if (recorded !== null) return recorded;
  const assessment = assessFraud({
    order: { total, unitCount, country: shipTo.country, mailDomain: mailDomainOf(email) },
    earlier,
    external: await askOutside(deps, input, subject),
    model: screening.model,
    settings: screening.settings,
  });
  return fraud.recordScreening({ orderId, cause, subject, assessment });
}

async function askOutside(
  { screening: { scorer } }: Dependencies,
  { orderId, unitCount }: ScreenOrderInput,
  { total, country, cardDigest, addressDigest }: ScreeningSubject,
): Promise<ExternalScore> {
  if (scorer === null) return 'not_configured';
  try {
    return await scorer.score({ orderId, total, unitCount, country, cardDigest, addressDigest });
  } catch (error) {
    const isScorersOwn =
      error instanceof ProviderUnavailableError ||
      error instanceof OutcomeUnknownError ||
      error instanceof ProviderRefusedError;
    if (!isScorersOwn) throw error;
    return 'not_answered';
  }
}

/** The same house however it is written: the name is left out, because one house has many. */
function comparable({ line1, line2 = '', postalCode, country }: ShippingAddress): string {
  return [line1, line2, postalCode, country]
    .map((part) => part.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, ''))
    .join('\n');
}
