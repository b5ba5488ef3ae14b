import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { Operation } from '../../../src/model/operation.ts';
import { main } from '../../../src/surfaces/cli/main.ts';
import { serveControl } from '../../../src/surfaces/http/control-server.ts';
import type { Supervisor } from '../../../src/supervisor/api.ts';
import { fakeWorld } from '../fake-world.ts';
import { fakeSupervisor, sampleInstance, samplePlan, sampleReload, sampleSnapshot } from '../sample.ts';
import { tempDir } from '../temp-dir.ts';

/** Runs a command line against a supervisor; what it printed, and its status. */
async function run(line: string, changes?: Partial<Supervisor>) {
  const directory = tempDir();
  if (changes !== undefined) {
    const control = await serveControl(fakeSupervisor(changes), join(directory, 'control.sock'));
    onTestFinished(() => control.close());
  }
  const { world, printed } = fakeWorld(directory, { BORGINIT_RUN_DIR: directory });
  const exit = await main(line.split(' '), world);
  return { exit, ...printed, directory };
}

const result = (changes: object) => ({
  service: 'web',
  instance: 1,
  ok: true,
  what: 'running',
  reload: null,
  ...changes,
});

describe('the command line', () => {
  it('prints its version', async () => {
    expect((await run('--version')).stdout).toMatch(/^borginit \d+\.\d+\.\d+/);
  });

  it('prints its help', async () => {
    expect(await run('--help')).toMatchObject({ exit: 0, stdout: expect.stringContaining('Usage:') as string });
    expect(await run('status --help')).toMatchObject({ exit: 0, stdout: expect.stringContaining('--watch') as string });
  });

  it('tells a mistake on standard error, with its code and a hint', async () => {
    const { exit, stdout, stderr } = await run('sttus');
    expect({ exit, stdout }).toEqual({ exit: 64, stdout: '' });
    expect(stderr).toBe(
      'borginit: cannot run sttus: no such command; did you mean status?\n  USAGE: see `borginit --help`\n',
    );
  });

  it.each(['status', 'history', 'healthcheck', 'reload'])('%s says where it found no borginit', async (line) => {
    const { exit, stderr, directory } = await run(line);
    expect(exit).toBe(69);
    expect(stderr).toContain(`cannot reach borginit at ${directory}/control.sock: there is no such socket`);
  });

  it('fails in JSON where JSON was asked for', async () => {
    const { exit, stdout } = await run('status --json');
    expect(exit).toBe(69);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CONTROL_UNREACHABLE' } });
  });
});

describe('status', () => {
  it('prints a table', async () => {
    expect(await run('status', {})).toMatchObject({ exit: 0, stdout: expect.stringContaining('SERVICE') as string });
  });

  it('prints the snapshot as JSON', async () => {
    const { stdout } = await run('status --json', {});
    expect(JSON.parse(stdout)).toEqual(sampleSnapshot());
  });
});

describe('an operation', () => {
  it.each(['start', 'stop', 'restart', 'reload'] as const)('%s is asked for by name', async (kind) => {
    const asked: Operation[] = [];
    const request = (operation: Operation) => {
      asked.push(operation);
      return Promise.resolve([]);
    };
    expect((await run(`${kind} web db`, { request })).exit).toBe(0);
    expect(asked).toEqual([{ kind, services: ['web', 'db'], force: false }]);
  });

  it('reload goes to a revision that was refused only with --force, and nothing else takes that', async () => {
    const asked: Operation[] = [];
    const request = (operation: Operation) => {
      asked.push(operation);
      return Promise.resolve([]);
    };
    expect((await run('reload --force web', { request })).exit).toBe(0);
    expect(asked).toEqual([{ kind: 'reload', services: ['web'], force: true }]);
    expect((await run('restart --force web', { request })).exit).toBe(64);
  });

  it('prints a line for each instance, and fails if one of them did', async () => {
    const results = [result({}), result({ instance: 2, ok: false, what: 'cannot reload: it is not running' })];
    const { exit, stdout } = await run('reload', { request: () => Promise.resolve(results) });
    expect(exit).toBe(1);
    expect(stdout).toBe('✓ web.1 running\n✗ web.2 cannot reload: it is not running\n');
  });

  it('prints its results as JSON', async () => {
    const { exit, stdout } = await run('reload --json', { request: () => Promise.resolve([result({})]) });
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ results: [result({})] });
  });
});

describe('reload --dry-run', () => {
  const quarantined = samplePlan({ refusal: { why: 'cannot reload unicorn.1: it was refused', needsForce: true } });

  it.each([
    { line: 'reload --dry-run', plans: [samplePlan()], exit: 0 },
    { line: 'reload --dry-run', plans: [samplePlan(), quarantined], exit: 1 },
    { line: 'reload --dry-run --force', plans: [samplePlan(), quarantined], exit: 0 },
  ])('$line asks for plans, does nothing, and leaves with $exit', async ({ line, plans, exit }) => {
    const asked: (readonly string[])[] = [];
    const given = await run(`${line} web a&b`, {
      plan: (...services) => {
        asked.push(services);
        return Promise.resolve(plans);
      },
      request: () => Promise.reject(new Error('something is done')),
    });
    expect(given.exit).toBe(exit);
    expect(asked).toEqual([['web', 'a&b']]);
    expect(given.stdout.match(/^[✓✗] unicorn\.1 would (?:not )?be reloaded by reexec/gm)).toHaveLength(plans.length);
  });

  it('prints the plans as JSON', async () => {
    const { stdout } = await run('reload --dry-run --json', { plan: () => Promise.resolve([samplePlan()]) });
    expect(JSON.parse(stdout)).toEqual({ plans: [samplePlan()] });
  });
});

describe('history show', () => {
  const history = () =>
    [
      { number: 2, revision: 'r1' },
      { number: 3, revision: 'r2' },
      { number: 4, revision: 'r1' },
      { number: 5, revision: null },
    ].map(({ number, revision }) => sampleReload({ to: { generation: number, revision } }));

  it.each([
    { line: 'history show', generation: 5 },
    { line: 'history show r1', generation: 4 },
    { line: 'history show r2', generation: 3 },
    { line: 'history show unicorn.1#2', generation: 2 },
  ])('$line tells of generation $generation', async ({ line, generation }) => {
    expect((await run(line, { history })).stdout).toMatch(new RegExp(`^unicorn\\.1#${generation} reloaded`));
    const { stdout } = await run(`${line} --json`, { history });
    expect(JSON.parse(stdout)).toEqual(history()[generation - 2]);
  });

  it.each([
    { line: 'history show r9', problem: 'cannot show reload r9: expected a revision of `borginit history`, or a' },
    { line: 'history show unicorn.2#4', problem: 'cannot show reload unicorn.2#4: expected' },
    { line: 'history show r1 r2', problem: 'cannot run history show with r2: it shows one reload' },
    { line: 'history show -n 2', problem: 'cannot run history show with --last: it shows one reload' },
    { line: 'history r1', problem: 'cannot run history with r1: it takes no such argument; did you mean show?' },
  ])('$line is a mistake', async ({ line, problem }) => {
    const { exit, stderr } = await run(line, { history });
    expect({ exit, stderr }).toEqual({ exit: 64, stderr: expect.stringContaining(problem) as string });
  });

  it('says that there was none', async () => {
    expect((await run('history show', {})).stderr).toContain('cannot show a reload: there was none yet');
  });
});

describe('history', () => {
  const history = () => ['1', '2', '3'].map((revision) => sampleReload({ to: { generation: 4, revision } }));

  it('lists the last reloads, the newest last', async () => {
    const { stdout } = await run('history -n 2', { history });
    expect(stdout.split('\n').map((line) => /→ (\d)/.exec(line)?.[1])).toEqual(['2', '3', undefined]);
  });

  it('prints them as JSON', async () => {
    expect(JSON.parse((await run('history --json', { history })).stdout)).toEqual({ reloads: history() });
  });

  it('says that there was none', async () => {
    expect((await run('history', {})).stdout).toBe('no reload yet\n');
  });

  it.each(['0', 'x', '1.5', '-1'])('refuses a count of %s', async (count) => {
    expect((await run(`history --last=${count}`, {})).exit).toBe(64);
  });
});

describe('healthcheck', () => {
  const snapshot = () =>
    Promise.resolve(sampleSnapshot({ services: { web: { instances: [sampleInstance({ state: 'down' })] } } }));

  it('is 0 when all is well', async () => {
    expect(await run('healthcheck', {})).toMatchObject({ exit: 0, stdout: 'healthy\n' });
  });

  it('is 1 when something is not, and says what', async () => {
    expect(await run('healthcheck', { snapshot })).toMatchObject({ exit: 1, stdout: 'unhealthy: web.1 is down\n' });
  });

  it('prints JSON', async () => {
    const { exit, stdout } = await run('healthcheck --json', { snapshot });
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ healthy: false, problems: ['web.1 is down'] });
  });
});
