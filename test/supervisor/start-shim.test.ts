/** Real shims. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commandConfig } from '../../src/config/command-config.ts';
import type { InstanceFact } from '../../src/model/event.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';
import { ShimLink } from '../../src/supervisor/shim-link.ts';
import { startShim } from '../../src/supervisor/start-shim.ts';
import { ppidshim } from '../fixtures/shim/rig.ts';
import { isAlive, readTitle } from '../rig/processes.ts';
import { tempDir, type TempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const [sleeps] = commandConfig(['sleep', '1001'], '/').services as [ServiceSpec];
const spec: ServiceSpec = { ...sleeps, env: { COLOUR: 'blue' }, stdin: 'null' };

let dir: TempDir;
let links: { link: ShimLink }[];

/** The line of a supervisor to the shim, and what the shim said. */
function openLink() {
  const facts: InstanceFact[] = [];
  const report = { fact: (fact: InstanceFact) => facts.push(fact), notice: () => undefined };
  const link = new ShimLink(socketPath(), report, () => undefined);
  links.push({ link });
  return { link, facts };
}

const socketPath = (): string => join(dir.path, 'services', 'web.1', 'shim.sock');
const place = (more: { ppidshim?: string } = {}) => ({
  ...{ ppidshim, socket: socketPath(), orphans: 'keep' as const, env: { ...process.env, SHAPE: 'round' } },
  ...more,
});

/** Its output is ours. */
const ours = { openForShim: () => Promise.resolve(undefined) };

beforeEach(async () => {
  dir = await tempDir();
  links = [];
});

afterEach(async () => {
  for (const { link } of links) await link.close();
  // Whatever a test has left, also one that failed.
  const { link, facts } = openLink();
  if (await link.connect()) {
    await link.request({ kind: 'kill' });
    await until(() => facts.some((fact) => isEmpty(fact)), 'the shim to be empty');
    await link.end();
    await link.released();
  }
  await dir[Symbol.asyncDispose]();
});

const isEmpty = (fact: InstanceFact): boolean => fact.kind === 'emptied' || (fact.kind === 'shim-found' && fact.empty);

it('makes the directory, starts the shim and with it the main process, and hears who they are', async () => {
  const { link, facts } = openLink();
  expect(await startShim(link, spec, 'web', place(), ours)).toBe('');
  const [found, ...more] = facts;
  if (found?.kind !== 'shim-found' || found.main.kind !== 'running') throw new Error('no shim was found');
  expect(more).toEqual([]);
  expect(found).toMatchObject({ shim: link.shim, empty: false });
  expect(readTitle(found.shim.pid)).toBe('ppidshim web');
  const { pid } = found.main.process;
  await until(() => readTitle(pid) === 'sleep 1001', 'the main process to execute its program');
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  expect(environment).toEqual(expect.arrayContaining(['COLOUR=blue', 'SHAPE=round', 'PWD=/']));
});

it('meets the shim that runs there already, and starts no other', async () => {
  const first = openLink();
  await startShim(first.link, spec, 'web', place(), ours);
  const { shim } = first.link;
  await first.link.close();
  const second = openLink();
  expect(await startShim(second.link, spec, 'web', place(), ours)).toBe('');
  expect(second.link.shim).toEqual(shim);
});

it('waits for the shim before it, which was told to leave', async () => {
  const { link, facts } = openLink();
  await startShim(link, { ...spec, command: ['true'] }, 'web', place(), ours);
  await until(() => facts.some((fact) => isEmpty(fact)), 'its end');
  const before = link.shim;
  void link.end();
  expect(await startShim(link, spec, 'web', place(), ours)).toBe('');
  expect(before !== undefined && isAlive(before)).toBe(false);
  expect(link.shim).not.toEqual(before);
});

it.each([
  { program: '/nonexistent/ppidshim', problem: 'the shim could not be started (ENOENT)' },
  { program: '/bin/false', problem: 'the shim exited with 1' },
  { program: '/bin/true', problem: 'the shim exited with 0' },
])('says that $problem', async ({ program, problem }) => {
  const { link, facts } = openLink();
  expect(await startShim(link, spec, 'web', place({ ppidshim: program }), ours)).toBe(problem);
  expect([link.shim, ...facts]).toEqual([undefined]);
});
