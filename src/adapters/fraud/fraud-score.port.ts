/**
 * What screening needs of a company that scores orders: one number. It is told of an order what a stranger may know: no
 * name, no address, no card; digests let it see that two orders have one in common.
 */
import type { Money } from '../../domain/money.ts';

export interface FraudScoreRequest {
  readonly orderId: string;
  readonly total: Money;
  /** Where the goods go, ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly unitCount: number;
  readonly cardDigest: string;
  readonly addressDigest: string;
}

/**
 * Errors as of every provider: ProviderUnavailableError, OutcomeUnknownError, ProviderRefusedError. To whoever screens they
 * mean the same: this scorer does not take part.
 */
export interface FraudScorePort {
  /** @returns 0, surely good, to 1, surely fraud. Asking again about an order gives the same. */
  score(request: FraudScoreRequest): Promise<number>;
}
