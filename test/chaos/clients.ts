/** Clients of the control socket that are slow, dead, too many, or never listen. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deploy, type Action } from './action.ts';
import type { Scene } from './scene.ts';

/** More than the supervisor hears at the same time. */
const tooMany = 200;

/** Connects, says its piece, and hangs up when it feels like it; a deploy goes on meanwhile. */
async function besieged(scene: Scene, count: number, says: string): Promise<void> {
  const path = join(scene.deployment.borginit.runDir, 'control.sock');
  const clients = Array.from({ length: count }, () => deaf(createConnection(path)));
  for (const client of clients) client.write(says);
  await deploy(scene);
  await delay(scene.random.between(100, 2_000));
  for (const client of clients) client.destroy();
  await Promise.all(clients.filter(({ closed }) => !closed).map((client) => once(client, 'close')));
}

/** It reads nothing of what it is told. */
const deaf = (client: Socket): Socket => client.pause().on('error', () => undefined);

const client = (name: string, act: Action['act']): Action => ({ name, weight: 1, mayLose: 0, act });

export const clients: readonly Action[] = [
  client('clients that connect and say nothing', (scene) => besieged(scene, scene.random.between(5, 50), '')),
  client('clients that say half of a request', (scene) => besieged(scene, scene.random.between(5, 50), 'GET /v1/sta')),
  client('clients that announce more than they say', (scene) =>
    besieged(scene, scene.random.between(5, 50), 'POST /v1/operations HTTP/1.1\r\ncontent-length: 1000\r\n\r\n{'),
  ),
  client('clients that never read the answer', (scene) =>
    besieged(scene, scene.random.between(5, 50), 'GET /v1/status HTTP/1.1\r\nhost: chaos\r\n\r\n'.repeat(20)),
  ),
  client('clients that do not speak HTTP', (scene) =>
    besieged(scene, scene.random.between(5, 50), '\0\x16\x03\r\n\r\n'),
  ),
  client('more clients than are heard', (scene) => besieged(scene, tooMany, 'GET /')),
];
