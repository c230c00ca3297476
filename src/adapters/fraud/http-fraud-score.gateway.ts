/** The fraud score over HTTP, of the company that simulators/fraud-score speaks for. */
import { z } from 'zod';
import { createProviderHttp } from '../http/provider-http.ts';
import type { FraudScorePort } from './fraud-score.port.ts';

const scoreReply = z.object({ orderId: z.string().min(1), score: z.number().min(0).max(1) });

export interface HttpFraudScoreGatewayOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** For one call, milliseconds. A customer waits meanwhile, so it is short. */
  readonly timeoutMs: number;
}

/**
 * Nothing is retried here. Asking changes nothing there, so the operation key only makes the answer the same. After several
 * orders in a row could not reach it, calls fail at once for a short while, and no customer waits for them.
 */
export function createHttpFraudScoreGateway(options: HttpFraudScoreGatewayOptions): FraudScorePort {
  const http = createProviderHttp({ provider: 'fraud scorer', ...options });
  return {
    async score({ orderId, total, ...rest }) {
      const { score } = await http.perform({
        path: '/v1/scores',
        operationKey: `${orderId}:score:1`,
        orderId,
        body: { orderId, ...total, ...rest },
        reply: scoreReply,
      });
      return score;
    },
  };
}
