import { unavailable } from './errors.ts';

/**
 * The outcome of `work`, or 503 when it takes longer. The work is not interrupted: all of it is idempotent, and a
 * repetition finds what it did.
 * @throws CatalogueError UNAVAILABLE
 */
export async function withinDeadline<Result>(
  timeoutMs: number,
  what: string,
  work: Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable(`${what} did not answer in time.`)), timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
