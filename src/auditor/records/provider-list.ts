/** Pages through what another company says that it did. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

export interface ProviderAddress {
  readonly url: string;
  readonly apiKey: string;
}

const PAGE = 1_000;
const TIMEOUT_MS = 20_000;
/** A provider that is busy or away for a moment is asked again. */
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;

/**
 * All operations in the order of their making, a page at a time.
 * @throws Error when the provider does not answer, or answers something else
 */
export async function* readOperations<Operation>(
  provider: ProviderAddress,
  operation: z.ZodType<Operation>,
  signal?: AbortSignal,
): AsyncGenerator<readonly Operation[]> {
  const page = z.object({ items: z.array(operation), nextCursor: z.string().nullable() });
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
    const { items, nextCursor }: z.output<typeof page> = page.parse(
      await getJson(provider, `/v1/operations?${query.toString()}`, signal),
    );
    yield items;
    cursor = nextCursor;
  } while (cursor !== null);
}

async function getJson(
  { url, apiKey }: ProviderAddress,
  path: string,
  signal?: AbortSignal,
): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${apiKey}` },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    }).catch((error: unknown) => {
      if (attempt < ATTEMPTS && signal?.aborted !== true) return null;
      throw new Error(`${url} does not answer`, { cause: error });
    });
    if (response?.ok === true) return (await response.json()) as unknown;
    const isBusy = response === null || response.status === 429 || response.status >= 500;
    if (!isBusy || attempt === ATTEMPTS) throw new Error(`${url}${path} answered ${response?.status}`);
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, signal ? { signal } : {});
  }
}
