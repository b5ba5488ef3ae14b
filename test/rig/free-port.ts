import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

export interface HeldPort extends AsyncDisposable {
  readonly port: number;
}

/** Listens on a TCP port of 127.0.0.1, so that nobody else can, until the end of the scope. */
export async function holdPort(): Promise<HeldPort> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Finds a TCP port of 127.0.0.1 on which nobody listens now. */
export async function freePort(): Promise<number> {
  await using held = await holdPort();
  return held.port;
}
