import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { describePortHolder } from './port-holder.ts';
import { findFreePorts, isPortFree } from './ports.ts';

describe('a port', () => {
  test('that is taken is not free, and its holder is told', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect(await isPortFree(port)).toBe(false);
      expect(describePortHolder(port)).toContain(`process ${process.pid}`);
    } finally {
      server.close();
      await once(server, 'close');
    }
    expect(await isPortFree(port)).toBe(true);
    expect(describePortHolder(port)).toBeNull();
  });

  test('that was found free is free, and each is another', async () => {
    const ports = await findFreePorts(20);
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) expect(await isPortFree(port)).toBe(true);
  });
});
