/** The HTTP server around the application: time limits, and a stop that finishes what is under way. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Clients may keep an idle connection this long; longer than load balancers do, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/** A client that sends its headers or body slower than this is let go. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often connections that became idle during a stop are closed. */
const SWEEP_MS = 50;

export interface RunningServer {
  readonly port: number;
  /** Takes no new connection, lets requests under way finish, and resolves when the last connection is closed. */
  readonly close: (timeoutMs: number) => Promise<void>;
}

/**
 * @param address port 0 takes a free one
 * @param requestTimeoutMs how long a client may take to send a whole request
 * @throws Error naming the address when it cannot be bound to
 */
export async function listen(
  app: RequestListener,
  address: { readonly host: string; readonly port: number },
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): Promise<RunningServer> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      // Without it the server waits up to 30 s before it notices a request that is late.
      connectionsCheckingInterval: 1_000,
    },
    app,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const where = `${address.host}:${address.port}`;
      reject(
        new Error(
          `The API cannot listen on ${where}. Set API_HOST and API_PORT to an address that is free.`,
          {
            cause,
          },
        ),
      );
    });
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { port, close: (timeoutMs) => close(server, timeoutMs) };
}

async function close(server: Server, timeoutMs: number): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const giveUp = setTimeout(() => server.closeAllConnections(), timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
    });
  } finally {
    clearInterval(sweep);
    clearTimeout(giveUp);
  }
}
