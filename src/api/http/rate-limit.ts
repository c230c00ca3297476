/**
 * A limit for each principal, counted in this process. Behind several API processes the limit of each applies to its share
 * of the requests.
 */
import type { Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { CatalogueError } from '../../domain/errors.ts';

export interface RateLimit {
  /** Takes one request and says in the headers what is left. @throws CatalogueError RATE_LIMITED */
  take(key: string, response: Response): Promise<void>;
}

/** @param perSecond requests in a second, which may all come at once */
export function createRateLimit(perSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return {
    async take(key, response) {
      const state = await consume(limiter, key);
      response.setHeader('RateLimit-Limit', perSecond);
      response.setHeader('RateLimit-Remaining', Math.max(0, state.remainingPoints));
      response.setHeader('RateLimit-Reset', secondsUntil(state));
      if (state.consumedPoints > perSecond) throw rateLimited(state);
    },
  };
}

/** The library rejects with the state when the limit is passed; that is an answer here and not an error. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal;
    throw refusal;
  }
}

function secondsUntil(state: RateLimiterRes): number {
  return Math.max(1, Math.ceil(state.msBeforeNext / 1000));
}

function rateLimited(state: RateLimiterRes): CatalogueError {
  const seconds = secondsUntil(state);
  return new CatalogueError('RATE_LIMITED', `Try again in ${seconds} s.`, { retryAfterSeconds: seconds });
}
