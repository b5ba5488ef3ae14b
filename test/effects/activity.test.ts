import { connect, createServer, type AddressInfo, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { busyWorkers, findBusy, parseTcp, parseUnix, type SocketRow } from '../../src/effects/activity.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:1F40 0100007F:C351 08 00000000:00000000 00:00000000 00000000     0        0 333 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:C350 0100007F:1F40 01 00000000:00000000 00:00000000 00000000  1000        0 444 1 0000000000000000 20 4 30 10 -1
   4: 0100007F:1F40 0100007F:C352 06 00000000:00000000 03:000017E6 00000000     0        0 0 3 0000000000000000
`;

const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F41 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 555 1 0000000000000000 100 0 0 10 0
`;

const unix = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 666 /run/app/web 1.sock
0000000000000000: 00000003 00000000 00000000 0001 03 777 /run/app/web 1.sock
0000000000000000: 00000003 00000000 00000000 0001 03 888
`;

describe('the tables', () => {
  it('tell listening, connected and half-closed TCP sockets', () => {
    expect(parseTcp(tcp + tcp6)).toEqual([
      { inode: '111', local: '1F40', kind: 'listening' },
      { inode: '222', local: '1F40', kind: 'connected' },
      { inode: '333', local: '1F40', kind: 'connected' },
      { inode: '444', local: 'C350', kind: 'connected' },
      { inode: '555', local: '1F41', kind: 'listening' },
    ]);
  });

  it('tell unix sockets that have a path', () => {
    expect(parseUnix(unix)).toEqual([
      { inode: '666', local: '/run/app/web 1.sock', kind: 'listening' },
      { inode: '777', local: '/run/app/web 1.sock', kind: 'connected' },
    ]);
  });

  it.each(['', 'nonsense\n\n', tcp.slice(0, 300)])('yield no more than they hold: %j', (content) => {
    expect(parseTcp(content).length).toBeLessThan(2);
    expect(parseUnix(content)).toEqual([]);
  });
});

describe('findBusy', () => {
  const rows: SocketRow[] = [
    { inode: '1', local: '1F40', kind: 'listening' },
    { inode: '2', local: '1F40', kind: 'connected' },
    { inode: '3', local: 'C350', kind: 'connected' },
  ];

  it.each([
    { who: 'that holds a call to its door', inodes: ['1', '2'], busy: [7] },
    { who: 'that only listens', inodes: ['1'], busy: [] },
    { who: 'that has called somebody else', inodes: ['1', '3'], busy: [] },
    { who: 'that holds a call to a door of others', inodes: ['2'], busy: [] },
  ])('says of a worker $who that busy are $busy', ({ inodes, busy }) => {
    expect([...findBusy(new Map([[7, new Set(inodes)]]), rows)]).toEqual(busy);
  });

  it('lets one worker listen and another hold the call', () => {
    const held = new Map([
      [7, new Set(['1'])],
      [8, new Set(['2'])],
    ]);
    expect([...findBusy(held, rows)]).toEqual([8]);
  });
});

describe('busyWorkers', () => {
  async function call(server: Server, where: NetConnectOpts): Promise<Socket> {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect(where);
    const [[socket]] = await Promise.all([accepted, once(client, 'connect')]);
    onTestFinished(() => [client, socket].forEach((end) => end.destroy()));
    return socket;
  }

  async function listen(at: number | string): Promise<Server> {
    const server = createServer();
    onTestFinished(() => void server.close());
    server.listen(at);
    await once(server, 'listening');
    return server;
  }

  it('sees a TCP connection for as long as it is held', async () => {
    const server = await listen(0);
    expect(busyWorkers([process.pid])).toEqual(new Set());
    const socket = await call(server, { port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    expect(busyWorkers([process.pid])).toEqual(new Set([process.pid]));
    socket.destroy();
    await once(socket, 'close');
    expect(busyWorkers([process.pid])).toEqual(new Set());
  });

  it('sees a connection through a unix socket', async () => {
    const path = join(makeTempDir(), 'web.sock');
    const server = await listen(path);
    expect(busyWorkers([process.pid])).toEqual(new Set());
    await call(server, { path });
    expect(busyWorkers([process.pid])).toEqual(new Set([process.pid]));
  });

  it('does not know what it cannot read', () => {
    expect(busyWorkers([2 ** 30])).toBeUndefined();
    expect(busyWorkers([])).toEqual(new Set());
  });
});
