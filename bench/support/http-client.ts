/** HTTP with connections that stay open, and as little work of its own as can be. */
import { Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  readonly #baseUrls: readonly URL[];
  readonly #key: string;
  #next = 0;

  /** @param baseUrls asked in turn */
  constructor(baseUrls: readonly string[], key: string) {
    this.#baseUrls = baseUrls.map((url) => new URL(url));
    this.#key = key;
  }

  /** @throws Error when the connection fails */
  post(path: string, body: unknown, idempotencyKey: string): Promise<HttpAnswer> {
    const url = this.#baseUrls[this.#next++ % this.#baseUrls.length];
    const payload = Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          hostname: url?.hostname,
          port: url?.port,
          path,
          method: 'POST',
          headers: {
            authorization: `Bearer ${this.#key}`,
            'content-type': 'application/json',
            'content-length': payload.length,
            'idempotency-key': idempotencyKey,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
