import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** @returns the listening server, null when the port is in use */
function listen(port: number, host: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Whether a server could listen here now. @throws the system's error for anything but "in use" */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = await listen(port, host);
  if (server) await close(server);
  return server !== null;
}

/**
 * Ports that nothing uses now, all different. They lie below the range from which systems take the ports of outgoing
 * connections, so that none of those can get in between.
 */
export async function findFreePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(20_000, 32_000);
    if (held.has(port)) continue;
    const server = await listen(port, host);
    if (server) held.set(port, server);
  }
  await Promise.all([...held.values()].map(close));
  return [...held.keys()];
}
