import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFromObject } from '../../src/config/object-config.ts';
import { shimSocketOf } from '../../src/effects/run-dir.ts';
import { instanceId } from '../../src/model/identity.ts';
import type { Config } from '../../src/model/spec.ts';
import { rehearse } from '../../src/supervisor/rehearsal.ts';
import { tempDir, type TempDir } from '../rig/temp-dir.ts';

let dir: TempDir;
let shim: Server | undefined;
/** What the shim was asked. */
let asked: string;

beforeEach(async () => {
  dir = await tempDir();
  shim = undefined;
  asked = '';
});

afterEach(async () => {
  shim?.close();
  await dir[Symbol.asyncDispose]();
});

async function shimThatSays(greeting: string): Promise<void> {
  const path = shimSocketOf(dir.path, instanceId('web', 1));
  mkdirSync(dirname(path), { recursive: true });
  shim = createServer((socket) => {
    socket.on('error', () => undefined).on('data', (chunk) => (asked += chunk.toString()));
    socket.write(greeting);
  }).listen(path);
  await once(shim, 'listening');
}

function webConfig(): Config {
  const result = configFromObject({ services: { web: { command: ['sleep', '1000'] } } }, '/');
  if (!result.ok) throw new Error('the configuration has mistakes');
  return result.config;
}

const writeJournal = (journal: unknown): Promise<void> =>
  writeFile(join(dir.path, 'journal.json'), JSON.stringify(journal));

describe('a rehearsal', () => {
  it('meets the shim and asks nothing of it', async () => {
    await shimThatSays('hello 1 12 345\nmain running 13 346\nready\n');
    expect(await rehearse(webConfig(), dir.path)).toBe('');
    expect(asked).toBe('');
  });

  it('starts nothing where nothing runs, and writes nothing', async () => {
    expect(await rehearse(webConfig(), dir.path)).toBe('');
    expect(readdirSync(dir.path)).toEqual([]);
  });

  it.each([
    {
      what: 'a shim that speaks a newer protocol',
      prepare: () => shimThatSays('hello 2 12 345\n'),
      problem: 'which speaks version 2 of the protocol and not 1',
    },
    {
      what: 'a shim that speaks nonsense',
      prepare: () => shimThatSays('good morning\n'),
      problem: 'cannot understand the shim',
    },
    {
      what: 'a journal of a newer borginit',
      prepare: () => writeJournal({ version: 99, seal: 0, content: {} }),
      problem: 'a newer borginit has written it: its format is 99',
    },
    {
      what: 'a journal that is none',
      prepare: () => writeFile(join(dir.path, 'journal.json'), '{'),
      problem: 'it is not JSON',
    },
  ])('fails with $what', async ({ prepare, problem }) => {
    await prepare();
    expect(await rehearse(webConfig(), dir.path)).toContain(problem);
  });
});
