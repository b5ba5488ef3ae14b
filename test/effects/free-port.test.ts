import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../src/effects/free-port.ts';

it('finds a port of the loopback on which somebody may listen at once', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  expect(server.listening).toBe(true);
  server.close();
});

it('finds another while one is taken', async () => {
  const taken = await freePort();
  const server = createServer().listen(taken, '127.0.0.1');
  await once(server, 'listening');
  const found = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(found).not.toContain(taken);
  expect(found.filter((port) => port < 1 || port > 65_535)).toEqual([]);
  server.close();
});
