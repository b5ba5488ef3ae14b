import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { Operation } from '../../../src/model/operation.ts';
import { main } from '../../../src/surfaces/cli/main.ts';
import { serveControl } from '../../../src/surfaces/http/control-server.ts';
import type { Supervisor } from '../../../src/supervisor/api.ts';
import { fakeWorld } from '../fake-world.ts';
import { fakeSupervisor, sampleInstance, sampleReload, sampleSnapshot } from '../sample.ts';
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
