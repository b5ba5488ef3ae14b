/** What comes from outside and is wrong: one clear message, the documented status, nothing lost, nothing left behind. */
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { startBorginit, type Borginit, type BorginitOptions } from '../rig/borginit.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const sleeping = { command: ['sleep', '1000'] };

/** Starts it, and holds what it left with against what was expected. */
async function expectRefusal(options: BorginitOptions, code: number, message: RegExp): Promise<void> {
  await using borginit = await startBorginit(options);
  expect(await borginit.exit).toEqual({ code, signal: null });
  expect(borginit.stdout()).toBe('');
  expect(borginit.stderr()).toMatch(message);
  expect(borginit.stderr().match(/^borginit: /gm)).toHaveLength(1);
  expect(borginit.offspring()).toEqual([]);
}

async function statusOf(borginit: Borginit): Promise<Snapshot> {
  const { stdout } = await borginit.cli('status', '--json');
  return JSON.parse(stdout) as Snapshot;
}

const mainPidOf = ({ services }: Snapshot): number | null | undefined => services['web']?.instances[0]?.mainPid;

/** Resolves when the service runs. */
const running = (borginit: Borginit): Promise<Snapshot> =>
  until(async () => {
    const status = await statusOf(borginit);
    return status.services['web']?.instances[0]?.state === 'running' && status;
  }, 'the running service');

describe('a configuration', () => {
  const cases: readonly { what: string; config: string | Buffer; code: number; message: RegExp }[] = [
    { what: 'that is empty', config: '', code: 2, message: /borginit\.yaml:1:1: it is empty: expected at least one/ },
    { what: 'that is huge', config: 'a'.repeat(2 ** 22), code: 66, message: /it is larger than 1048576 bytes/ },
    { what: 'that is binary', config: Buffer.from([127, 69, 76, 70, 0, 1]), code: 2, message: /offset 4 is NUL/ },
    {
      what: 'that is half-written',
      config: 'services:\n  web:\n    command: [sleep, "10',
      code: 2,
      message: /borginit\.yaml:3:\d+: cannot be read as YAML: Missing closing "quote/,
    },
    {
      what: 'with an unknown key',
      config: 'services:\n  web:\n    command: sleep 1000\n    comand: x\n',
      code: 2,
      message: /borginit\.yaml:4:5: services\.web\.comand: unknown key: did you mean command\?/,
    },
    {
      what: 'with a wrong type',
      config: 'services:\n  web:\n    command: sleep 1000\n    instances: many\n',
      code: 2,
      message: /borginit\.yaml:4:5: services\.web\.instances: expected a whole number from 1 to 1000, found "many"/,
    },
    {
      what: 'whose services wait for each other',
      config: 'services:\n  a: {command: x, dependsOn: {b: started}}\n  b: {command: x, dependsOn: {a: started}}\n',
      code: 2,
      message: /borginit\.yaml:2:\d+: services\.a\.dependsOn: services wait for each other: a → b → a/,
    },
  ];

  it.each(cases)('$what is refused', async ({ config, code, message }) => {
    await using dir = await tempDir();
    const runDir = join(dir.path, 'run');
    await expectRefusal({ config, env: { BORGINIT_RUN_DIR: runDir } }, code, message);
    expect(existsSync(runDir)).toBe(false);
  });

  it.each([
    { what: 'is not there', path: 'none', message: /cannot read .*none: there is no such file/ },
    { what: 'is a directory', path: '', message: /it is a directory: expected a file/ },
  ])('that $what is refused', async ({ path, message }) => {
    await using dir = await tempDir();
    await expectRefusal({ args: ['-c', join(dir.path, path)] }, 66, message);
  });
});

it('a configuration that breaks while services run does not concern them, even when a new supervisor reads it', async () => {
  await using borginit = await startBorginit({ config: { services: { web: sleeping } } });
  const before = await running(borginit);
  const file = join(borginit.runDir, '../borginit.yaml');
  const good = readFileSync(file);
  writeFileSync(file, 'services: {web: {comand: sleep 1000}}');
  process.kill(before.supervisor.pid, 'SIGKILL');
  await until(() => borginit.stderr().includes('services.web.comand: unknown key'), 'the complaint');
  writeFileSync(file, good);
  const after = await until(async () => {
    const { code, stdout } = await borginit.cli('status', '--json');
    return code === 0 && (JSON.parse(stdout) as Snapshot);
  }, 'a supervisor that can read it');
  expect(mainPidOf(after)).toBe(mainPidOf(before));
});

describe('a command', () => {
  it.each([
    { what: 'does not exist', command: '/nonexistent', code: 127, problem: 'No such file or directory' },
    { what: 'cannot be executed', command: '/etc/passwd', code: 126, problem: 'Permission denied' },
  ])('that $what is said once, and is the status', async ({ command, code, problem }) => {
    await using borginit = await startBorginit({ command: [command] });
    expect(await borginit.exit).toEqual({ code, signal: null });
    expect(borginit.stderr().split('\n')).toContain(`ppidshim: cannot execute ${command}: ${problem}`);
    expect(borginit.offspring()).toEqual([]);
  });

  it('of one service that does not exist does not concern the others, and is given up in the end', async () => {
    const absent = {
      command: ['/nonexistent'],
      restart: { backoff: { min: '1ms', max: '1ms' }, giveUp: { after: 3, within: '1m' } },
    };
    await using borginit = await startBorginit({ config: { services: { absent, web: sleeping } } });
    const mainPid = mainPidOf(await running(borginit));
    const status = await until(async () => {
      const now = await statusOf(borginit);
      return now.services['absent']?.instances[0]?.state === 'failed' && now;
    }, 'the giving up');
    expect(status.services['absent']?.instances[0]?.detail).toContain('could not be started (ENOENT)');
    expect(mainPidOf(status)).toBe(mainPid);
    borginit.kill('SIGTERM');
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
    expect(borginit.offspring()).toEqual([]);
  });
});

describe('a revision file', () => {
  it.each([
    { what: 'empty', content: '', problem: /cannot read revision from .*: it is empty/ },
    { what: 'huge', content: 'a'.repeat(2 ** 22), problem: /cannot read revision from .*: it is longer than/ },
    { what: 'binary', content: Buffer.from([0x72, 0xff]), problem: /cannot read revision from .*: it is not text/ },
    { what: 'of many lines', content: 'r2\nr3\n', problem: /cannot read revision from .*:/ },
  ])('that becomes $what is reported once, and changes nothing', async ({ content, problem }) => {
    await using dir = await tempDir();
    const file = join(dir.path, 'revision');
    writeFileSync(file, 'r1\n');
    await using borginit = await startBorginit({ config: { revision: { file }, services: { web: sleeping } } });
    const before = await until(async () => {
      const status = await running(borginit);
      return status.revision === 'r1' && status;
    }, 'the first revision');
    writeFileSync(file, content);
    await until(() => problem.test(borginit.stderr()), 'the report');
    const after = await statusOf(borginit);
    expect([after.revision, mainPidOf(after)]).toEqual(['r1', mainPidOf(before)]);
    writeFileSync(file, 'r4\n');
    await until(async () => (await statusOf(borginit)).revision === 'r4', 'the next revision');
    expect(borginit.stderr().match(/cannot read revision/g)).toHaveLength(1);
  });

  it('that is not there is reported, and the services start all the same', async () => {
    await using dir = await tempDir();
    const file = join(dir.path, 'revision');
    await using borginit = await startBorginit({ config: { revision: { file }, services: { web: sleeping } } });
    await running(borginit);
    await until(() => borginit.stderr().includes(`cannot read revision from ${file}`), 'the report');
  });
});

describe('a run directory', () => {
  it.each([
    { what: 'that belongs to somebody else', make: ownedByAnother, message: /it belongs to uid 1, expected uid 0/ },
    { what: 'that is a file', make: (path: string) => writeFileSync(path, ''), message: /it is not a directory/ },
    { what: 'that others may write to', make: openToOthers, message: /its mode is 0722, expected one that only/ },
  ])('$what is refused, and left as it is', async ({ make, message }) => {
    await using dir = await tempDir();
    const runDir = join(dir.path, 'run');
    make(runDir);
    await expectRefusal({ command: ['true'], env: { BORGINIT_RUN_DIR: runDir } }, 73, message);
    expect(readdirSync(dir.path)).toEqual(['run']);
  });

  it('whose path is too long for a socket is refused, and not made', async () => {
    await using dir = await tempDir();
    const runDir = join(dir.path, 'x'.repeat(90));
    await expectRefusal({ command: ['true'], env: { BORGINIT_RUN_DIR: runDir } }, 73, /bytes too long for the socket/);
    expect(readdirSync(dir.path)).toEqual([]);
  });
});

function ownedByAnother(path: string): void {
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, 1, 1);
}

function openToOthers(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o722);
}

describe('a control socket', () => {
  it('that is in use is refused, and its owner does not notice', async () => {
    await using first = await startBorginit({ config: { services: { web: sleeping } } });
    const before = await running(first);
    const env = { BORGINIT_RUN_DIR: first.runDir };
    await expectRefusal({ config: { services: { web: sleeping } }, env }, 75, /another borginit/);
    const after = await statusOf(first);
    expect([after.supervisor, mainPidOf(after)]).toEqual([before.supervisor, mainPidOf(before)]);
  });
});
