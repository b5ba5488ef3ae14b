import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectShim } from '../../src/shim/client.ts';
import type { ShimNews, ShimRequest } from '../../src/shim/protocol.ts';
import { runShim, stateOf, talk, type RunningShim } from '../fixtures/shim/rig.ts';
import { readProcess } from '../rig/processes.ts';
import { until } from '../rig/until.ts';

interface Vectors {
  readonly asked: readonly { readonly request: ShimRequest; readonly lines: readonly string[] }[];
  readonly neverAsked: readonly string[];
}

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/shim-lines.json'), 'utf8')) as Vectors;

let shim: RunningShim;

beforeAll(async () => {
  shim = await runShim(['sleep', '1000']);
});

afterAll(async () => {
  await shim[Symbol.asyncDispose]();
});

describe('a request', () => {
  // What ends everything below, and what adds to what a newcomer hears, is asked elsewhere.
  const changing = ['kill', 'second'];
  it.each(vectors.asked.flatMap(({ lines }) => lines).filter((line) => !changing.includes(line)))(
    '"%s" is understood',
    async (line) => {
      expect(await shim.talk.ask(line)).toMatch(/^(ok|error (ESRCH|EBUSY))$/);
    },
  );

  it.each(vectors.neverAsked)('%j is answered with EPROTO, and the connection closed', async (line) => {
    using client = talk(shim.path);
    await client.hear('ready');
    client.say(line);
    await client.end();
    expect(client.heard.slice(3)).toEqual(['error 0 EPROTO']);
  });

  it('may be as long as a line can be, and no longer', async () => {
    using client = talk(shim.path);
    await client.hear('ready');
    const longest = `1 freeze 0${' 000000000000000 1'.repeat(226)}`.padEnd(4094, '1');
    client.say(longest);
    await client.hear('ok 1');
    client.socket.write(`${longest}1`);
    await client.end();
    expect(client.heard.slice(3)).toEqual(['ok 1', 'error 0 EPROTO']);
  });

  it('may come in pieces, and many may come in one', async () => {
    using client = talk(shim.path);
    await client.hear('ready');
    for (const piece of ['1', ' sig', 'nal main ', '0', '\n2 thaw\n3 signal all 0\n4 th', 'aw\n']) {
      await new Promise<void>((resolve) => client.socket.write(piece, () => resolve()));
      await shim.talk.ask('thaw');
    }
    await client.hear('ok 4');
    expect(client.heard.slice(3)).toEqual(['ok 1', 'ok 2', 'ok 3', 'ok 4']);
  });

  it('keeps its ID as it was written', async () => {
    using client = talk(shim.path);
    await client.hear('ready');
    client.say('007 thaw\n999999999999999999 thaw');
    await client.hear('ok 007');
    await client.hear('ok 999999999999999999');
  });
});

describe('a stream of nonsense', () => {
  /** The numbers of a linear congruential generator: the same for the same seed, everywhere. */
  const chances = (seed: number) => {
    let state = seed;
    return (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  };
  const words = 'signal main all freeze thaw watch heir kill 0 1 9 18 64 65 1000 1001 4294967296 -1 x'.split(' ');
  const separators = [' ', ' ', ' ', ' ', ' ', '  ', '\n', '\n', '\0', '\r\n', ''];

  it.each([1, 2, 3, 4])('does not end the shim, nor make it misbehave (seed %d)', async (seed) => {
    const chance = chances(seed);
    const pick = (from: readonly string[]): string => from[chance(from.length)] ?? '';
    for (let round = 0; round < 100; round++) {
      using client = talk(shim.path);
      let text = '';
      while (text.length < 20 + chance(3000)) text += `${pick(words)}${pick(separators)}`;
      client.socket.end(`1 ${text}`);
      await until(() => client.closed, 'the end of the connection');
      expect(client.heard.every((line) => /^(hello|main|empty|ready|ok|gone|error) ?[\w ]*$/.test(line))).toBe(true);
    }
    expect(await shim.talk.ask('thaw')).toBe('ok');
    expect(stateOf(shim.pid)).toMatch(/[SR]/);
  });
});

describe('both halves', () => {
  it('understand each other', async () => {
    await using other = await runShim(['sh', '-c', 'sleep 1000 & exec sleep 1001']);
    const news: ShimNews[] = [];
    let closed = 0;
    const client = await connectShim(
      other.path,
      (heard) => news.push(heard),
      () => closed++,
    );
    const main = readProcess(other.main);
    if (main === undefined) throw new Error('the main process is gone');
    const process = { pid: main.pid, startTicks: main.startTicks };
    expect(news.map(({ kind }) => kind)).toEqual(['hello', 'main-running', 'ready']);
    expect(news[1]).toEqual({ kind: 'main-running', process });
    await client.request({ kind: 'watch', process });
    await client.request({ kind: 'freeze', forMs: 1000, processes: [process] });
    await until(() => stateOf(main.pid) === 'T', 'a stopped process');
    await client.request({ kind: 'thaw' });
    await expect(client.request({ kind: 'end' })).rejects.toMatchObject({ code: 'EBUSY' });
    await client.request({ kind: 'signal', target: { kind: 'main' }, signal: 'SIGUSR1' });
    await until(() => news.some(({ kind }) => kind === 'gone'), 'the end of the main process');
    await client.request({ kind: 'kill' });
    await until(() => news.at(-1)?.kind === 'empty', 'the end of everything');
    expect(news.slice(3)).toEqual(
      expect.arrayContaining([
        { kind: 'main-ended', process, outcome: { kind: 'signaled', signal: 'SIGUSR1' } },
        { kind: 'gone', process },
        { kind: 'empty' },
      ]),
    );
    await client.request({ kind: 'end' });
    await until(() => closed === 1, 'the end of the connection');
  });
});
