/** A shim killed with -9 at every turn: what it has left ends, then the service starts anew, and never are there two. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigInput, Snapshot } from '../../src/index.ts';
import { startBorginit, type Borginit } from '../rig/borginit.ts';
import { startCommand } from '../rig/command.ts';
import { startDeployment, type Deployment, type DeploymentOptions } from '../rig/deployment.ts';
import { generationsOf, leavesNothing, servesAlone } from '../rig/generations.ts';
import { isAlive, readProcess, type ProcessRow } from '../rig/processes.ts';
import { request } from '../rig/request.ts';
import { tempDir, type TempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

/** All of a service: its shim and what is below. */
const serviceOf = ({ borginit }: { borginit: Borginit }): readonly ProcessRow[] => {
  const all = borginit.processes().filter(isAlive);
  return all.filter(({ title }) => title !== 'borginit supervisor');
};

const shimOf = ({ borginit }: { borginit: Borginit }, name = 'web') =>
  borginit.processes().find(({ title }) => title === `ppidshim ${name}`) ?? expect.fail('there is no shim');

const supervisorOf = ({ borginit }: { borginit: Borginit }) =>
  borginit.processes().find(({ title }) => title === 'borginit supervisor') ?? expect.fail('there is no supervisor');

/** SIGKILL to the shim; returns what it and all below it were. */
function killShim(deployment: { borginit: Borginit }, name?: string): readonly ProcessRow[] {
  const before = serviceOf(deployment);
  process.kill(shimOf(deployment, name).pid, 'SIGKILL');
  return before;
}

const haveEnded = (processes: readonly ProcessRow[]) =>
  until((note) => {
    const left = processes.filter(isAlive);
    note(left);
    return left.length === 0;
  }, 'the end of what the shim has left');

const start = (more: Partial<DeploymentOptions> = {}): Promise<Deployment> =>
  startDeployment({ server: 'unicorn', ...more });

describe('unicorn whose shim is killed', () => {
  it('is ended and started anew, while it runs', async () => {
    await using deployment = await start();
    const before = killShim(deployment);
    await haveEnded(before);
    await servesAlone(deployment, 'r0');
    expect(deployment.borginit.stderr()).toMatch(/shim is gone: ending 3 of its processes/);
    expect(deployment.borginit.stderr()).not.toContain('Address already in use');
    await leavesNothing(deployment);
  });

  it.each(['proving', 'soaking'])('is so with both its masters, while a reload is %s', async (phase) => {
    await using deployment = await start({ reload: { soak: '20s' } });
    await deployment.home.addRelease('next', phase === 'proving' ? 'boots-slowly' : 'good');
    await deployment.home.pointTo('next');
    await deployment.reaches(phase);
    await until(() => generationsOf(deployment).length === 2, 'two masters');
    const before = killShim(deployment);
    expect(await deployment.ends('next')).toMatchObject({ outcome: 'failed', why: 'the shim is gone' });
    await haveEnded(before);
    await servesAlone(deployment, 'next');
    await leavesNothing(deployment);
  });

  it('finishes the request that it has, and stays down, while it stops', async () => {
    await using deployment = await start();
    const answer = request(`${deployment.home.url}slow?ms=2000`);
    // One of its workers has it by then: nothing else could.
    await until(async () => {
      const { workers } = await deployment.instance();
      return workers.some(({ activity }) => activity === 'busy' || activity === 'unknown');
    }, 'a worker that is busy');
    const stopped = deployment.operate('stop');
    await until(async () => (await deployment.instance()).state === 'stopping', 'the stop');
    const before = killShim(deployment);
    expect(await stopped).toMatchObject([{ ok: true }]);
    expect(await answer).toMatchObject({ status: 200, revision: 'r0' });
    expect([...before.filter(isAlive), ...serviceOf(deployment)]).toEqual([]);
    expect((await deployment.instance()).state).toBe('down');
  });

  it('is found by the next supervisor, when that was killed with it', async () => {
    await using deployment = await start();
    const supervisor = supervisorOf(deployment);
    const before = serviceOf(deployment);
    process.kill(supervisor.pid, 'SIGSTOP');
    process.kill(shimOf(deployment).pid, 'SIGKILL');
    process.kill(supervisor.pid, 'SIGKILL');
    await haveEnded([...before, supervisor]);
    await servesAlone(deployment, 'r0');
    await leavesNothing(deployment);
  });
});

/** Says in a file when it begins and ends, which takes it a moment. What else it does is in `also`. */
const plain = (file: string, also = ''): ConfigInput['services'][string] => ({
  command: [
    'sh',
    '-c',
    `trap 'sleep 0.3; echo end >>${file}; exit' TERM; ${also} echo begin >>${file}; sleep 3001 & wait`,
  ],
  stop: { timeout: '5s' },
});

async function startPlain(service: (dir: TempDir) => ConfigInput['services'][string]) {
  const dir = await tempDir();
  const borginit = await startBorginit({ config: { services: { web: service(dir) } }, pid1: true });
  const said = (): readonly string[] => {
    const file = join(dir.path, 'said');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  };
  const saysThat = (...words: readonly string[]) =>
    until((note) => (note(said()), said().join(' ') === words.join(' ')), words.join(' '));
  return {
    borginit,
    said,
    saysThat,
    async [Symbol.asyncDispose]() {
      await borginit[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe('a program whose shim is killed', () => {
  it('ends before the next begins, however often', async () => {
    await using service = await startPlain(({ path }) => plain(join(path, 'said')));
    const turns = ['begin'];
    await service.saysThat(...turns);
    for (const round of ['once', 'twice', 'three times']) {
      const before = killShim(service);
      turns.push('end', 'begin');
      await service.saysThat(...turns);
      expect(before.filter(isAlive), round).toEqual([]);
    }
  });

  it('takes along who has a session of its own', async () => {
    await using service = await startPlain(({ path }) => plain(join(path, 'said'), 'setsid sleep 3002 &'));
    await service.saysThat('begin');
    await until(() => service.borginit.processes().some(({ title }) => title === 'sleep 3002'), 'the other session');
    const before = killShim(service);
    await service.saysThat('begin', 'end', 'begin');
    await haveEnded(before);
  });

  it('is killed at its stop timeout, when it does not heed the signal', async () => {
    await using service = await startPlain(({ path }) => ({
      command: ['sh', '-c', `trap '' TERM; echo begin >>${join(path, 'said')}; while :; do sleep 3001; done`],
      stop: { timeout: '500ms' },
    }));
    await service.saysThat('begin');
    const before = killShim(service);
    await service.saysThat('begin', 'begin');
    await haveEnded(before);
  });

  it('stays what it was asked to be: down, and the rest is not waited for in vain', async () => {
    await using service = await startPlain(({ path }) => plain(join(path, 'said')));
    await service.saysThat('begin');
    const before = killShim(service);
    expect((await service.borginit.cli('stop')).code).toBe(0);
    await haveEnded(before);
    expect(service.said().at(-1)).toBe('end');
  });
});

describe('a single command whose shim is killed', () => {
  it('is stopped before borginit leaves, though it has neither mark nor session', async () => {
    await using dir = await tempDir();
    const file = join(dir.path, 'said');
    const said = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    const script = `trap 'echo end >>${file}; exit' TERM; echo begin >>${file}; sleep 3007 & wait`;
    await using borginit = await startBorginit({ command: ['env', '-i', 'sh', '-c', script], pid1: true });
    await until(() => said() === 'begin\n', 'its beginning');
    killShim({ borginit }, 'env');
    expect((await borginit.exit).code).not.toBe(0);
    expect(said()).toBe('begin\nend\n');
  });
});

describe('a service below another shim than its own', () => {
  it('is found all the same, though what is left hangs from that then', async () => {
    await using dir = await tempDir();
    const file = join(dir.path, 'said');
    const config = JSON.stringify({ services: { web: plain(file) } });
    const program = [process.execPath, embeds, join(dir.path, 'run'), config];
    await using outer = startCommand([join(import.meta.dirname, '../../dist/ppidshim'), '--', ...program]);
    const [shim, main] = allOf(await firstLine<Snapshot>(outer));
    process.kill(shim?.pid ?? expect.fail('it is not there'), 'SIGKILL');
    await until(() => existsSync(file) && readFileSync(file, 'utf8') === 'begin\nend\nbegin\n', 'begin end begin');
    expect(main !== undefined && isAlive(main)).toBe(false);
  });
});

describe('an instance that is not configured any more', () => {
  it('is told to stop, and said to be', async () => {
    await using dir = await tempDir();
    const runDir = join(dir.path, 'run');
    const [first, second] = [{ command: ['sleep', '3003'] }, { command: ['sleep', '3004'] }];
    await using before = embed(runDir, { services: { first, second }, supervisor: { orphans: 'keep' } });
    const { services } = await firstLine<Snapshot>(before);
    const [kept, stray] = [servicePids(services, 'first'), servicePids(services, 'second')];
    before.kill('SIGKILL');
    await before.exit;
    await using next = embed(runDir, { services: { first }, supervisor: { orphans: 'keep' } });
    await firstLine(next);
    await haveEnded(stray);
    expect(kept.filter(isAlive)).toHaveLength(2);
    next.kill('SIGTERM');
    await next.exit;
  });
});

describe('a program that embeds a supervisor and is killed', () => {
  it('takes its services along, unless it is to keep them for the next', async () => {
    await using dir = await tempDir();
    const services = { one: { command: ['sleep', '3005'] }, two: plain(join(dir.path, 'said')) };
    await using keeps = embed(join(dir.path, 'keep'), { services, supervisor: { orphans: 'keep' } });
    await using stops = embed(join(dir.path, 'stop'), { services });
    const [kept, stopped] = [allOf(await firstLine<Snapshot>(keeps)), allOf(await firstLine<Snapshot>(stops))];
    for (const program of [keeps, stops]) {
      program.kill('SIGKILL');
      await program.exit;
    }
    await haveEnded(stopped);
    expect(kept.filter(isAlive)).toEqual(kept);
    expect(existsSync(join(dir.path, 'stop', 'services', 'one.1', 'shim.sock'))).toBe(false);
    await using next = embed(join(dir.path, 'keep'), { services });
    expect(allOf(await firstLine<Snapshot>(next)).map(({ pid }) => pid)).toEqual(kept.map(({ pid }) => pid));
    next.kill('SIGTERM');
    await next.exit;
    expect(kept.filter(isAlive)).toEqual([]);
  });

  it('takes along who ignores it, at the stop timeout', async () => {
    await using dir = await tempDir();
    const stubborn = { command: ['sh', '-c', `trap '' TERM; while :; do sleep 3006; done`], stop: { timeout: '1s' } };
    await using program = embed(join(dir.path, 'run'), { services: { stubborn } });
    const processes = allOf(await firstLine<Snapshot>(program));
    program.kill('SIGKILL');
    await haveEnded(processes);
  });
});

const embeds = join(import.meta.dirname, '../fixtures/library/embeds.ts');

const embed = (runDir: string, config: ConfigInput) =>
  startCommand([process.execPath, embeds, runDir, JSON.stringify(config)]);

const firstLine = <T>({ stdout, stderr }: ReturnType<typeof embed>): Promise<T> =>
  until((note) => {
    note(stderr());
    const [line, rest] = stdout().split('\n');
    return rest === undefined ? undefined : (JSON.parse(line ?? '') as T);
  }, 'the first line');

const servicePids = (services: Snapshot['services'], name: string): ProcessRow[] =>
  (services[name]?.instances ?? [])
    .flatMap(({ shimPid, mainPid }) => [shimPid, mainPid])
    .flatMap((pid) => (pid === null ? [] : (readProcess(pid) ?? [])));

const allOf = ({ services }: Snapshot): ProcessRow[] =>
  Object.keys(services).flatMap((name) => servicePids(services, name));
