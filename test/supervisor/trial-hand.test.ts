/** Trials of real processes below the real shim. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandConfig } from '../../src/config/command-config.ts';
import type { InstanceEffect } from '../../src/model/effect.ts';
import type { InstanceFact } from '../../src/model/event.ts';
import { generationId, instanceId, type Revision } from '../../src/model/identity.ts';
import type { ServiceSpec, TrialSpec } from '../../src/model/spec.ts';
import { RecentOutput } from '../../src/supervisor/recent-output.ts';
import { TrialHand } from '../../src/supervisor/trial-hand.ts';
import { ppidshim } from '../fixtures/shim/rig.ts';
import { allProcesses, isAlive, readTitle } from '../rig/processes.ts';
import { tempDir, type TempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

/** Its own, for other tests may run trials on the same machine. */
const name = `twin-${process.pid}`;
const [plain] = commandConfig(['false'], '/').services as [ServiceSpec];
const generation = generationId(instanceId('web', 1), 2);
const of = { generation } as const;
const stop = { kind: 'end-trial', ...of, how: 'graceful' } as const;
const kill = { ...stop, how: 'kill' } as const;
const start = { kind: 'start-trial', ...of } as const;
const probe: Extract<InstanceEffect, { kind: 'probe' }> = {
  ...of,
  kind: 'probe',
  purpose: 'trial',
  probe: undefined,
  timeoutMs: 20_000,
  times: 1,
  revision: 'r2' as Revision,
  frozen: [],
  master: undefined,
};
const over = { kind: 'trial-over', ...of } as const;
const ended = (problem: string) => ({ kind: 'trial-ended', ...of, problem }) as const;

/** Listens where it is told to. */
const listens = [
  ...[process.execPath, '-e'],
  'require("http").createServer((_, answer) => answer.end(process.env.GREETING)).listen(process.env.PORT, "127.0.0.1")',
] as const;

const leavesBehind = ['sh', '-c', 'sleep 1001 & exit 3'] as const;
const ignoresTerm = ['sh', '-c', 'trap "" TERM; while :; do sleep 1001; done'] as const;
const sleeps = ['sleep', '1001'] as const;

let dir: TempDir;
let hands: TrialHand[];

/** A hand of a supervisor, and the facts that it reported. */
function openHand(command: TrialSpec['command'] | undefined): { hand: TrialHand; facts: InstanceFact[] } {
  const facts: InstanceFact[] = [];
  const trial = command && { command, env: { GREETING: 'port ${port}' }, port: undefined, holdMs: 0 };
  const service: ServiceSpec = {
    ...plain,
    health: {
      probe: { kind: 'tcp', address: { kind: 'tcp', host: 'nowhere.invalid', port: 1 } },
      ...{ intervalMs: 1_000, timeoutMs: 1_000, retries: 1, startPeriodMs: 0 },
    },
    reload: { ...plain.reload, trial },
    stop: { signal: 'SIGTERM', timeoutMs: 1_000 },
  };
  const output = {
    ...{ path: socketPath('output'), source: { service: 'web', instance: 1, name, isTrial: true } },
    ...{ sink: { write: () => undefined }, recent: new RecentOutput() },
  };
  const place = {
    ppidshim,
    socket: socketPath('shim'),
    trialSocket: socketPath('trial'),
    env: process.env,
    orphans: 'keep' as const,
    output,
    trialOutput: output,
  };
  const hand = new TrialHand(service, name, place, { fact: (fact) => facts.push(fact), notice: () => undefined });
  hands.push(hand);
  return { hand, facts };
}

const socketPath = (name: string): string => join(dir.path, 'web.1', `${name}.sock`);

/** The shims of this test that live. */
const shims = () =>
  allProcesses().filter((process) => isAlive(process) && readTitle(process.pid) === `ppidshim ${name}.trial`);

/** What the hand sees. */
function look({ hand, facts }: { hand: TrialHand; facts: InstanceFact[] }) {
  hand.look({ kind: 'look-at-trial', ...of });
  const fact = facts.pop();
  if (fact?.kind !== 'trial-looked') throw new Error('a look was not answered');
  return fact;
}

const untilOver = (facts: readonly InstanceFact[]) =>
  until((note) => {
    note(facts);
    return facts.some(({ kind }) => kind === 'trial-over');
  }, 'the end of the trial');

beforeEach(async () => {
  dir = await tempDir();
  hands = [];
});

afterEach(async () => {
  await Promise.all(hands.map((hand) => hand.close()));
  await openHand(undefined).hand.clear();
  await Promise.all(hands.map((hand) => hand.close()));
  await dir[Symbol.asyncDispose]();
});

describe('a trial', () => {
  it('runs below a shim of its own, is asked on its own port, and is over when nothing is left of it', async () => {
    const opened = openHand(listens);
    const { hand, facts } = opened;
    expect(await hand.probe(probe)).toEqual({ kind: 'silent', problem: 'has not started' });
    await hand.start(start);
    expect(facts).toEqual([]);
    const { main, processes } = look(opened);
    expect(processes.map(({ pid }) => pid)).toEqual([main?.pid]);
    const verdict = await until(async () => {
      const answer = await hand.probe(probe);
      return answer.kind === 'passed' && answer;
    }, 'the trial to answer');
    expect(verdict).toEqual({ kind: 'passed' });
    await hand.end(stop);
    await untilOver(facts);
    expect(facts).toEqual([ended('was killed by SIGTERM'), over]);
    expect(look(opened)).toMatchObject({ main: undefined, processes: [] });
    expect([...processes.filter(isAlive), ...shims()]).toEqual([]);
  });

  it('that ends by itself takes along what it has left behind', async () => {
    const { hand, facts } = openHand(leavesBehind);
    await hand.start(start);
    await untilOver(facts);
    expect(facts).toEqual([ended('exited with 3'), over]);
    expect(shims()).toEqual([]);
  });

  it('that cannot be executed has ended', async () => {
    const { hand, facts } = openHand(['/nonexistent/server']);
    await hand.start(start);
    await untilOver(facts);
    expect(facts).toEqual([ended('could not be started (ENOENT)'), over]);
  });

  it('that does not heed the stop signal is killed', async () => {
    const opened = openHand(ignoresTerm);
    const { hand, facts } = opened;
    await hand.start(start);
    await until(() => look(opened).processes.length === 2, 'the loop of the shell');
    const { processes } = look(opened);
    await hand.end(stop);
    expect(processes.some(isAlive)).toBe(true);
    await hand.end(kill);
    await untilOver(facts);
    expect(processes.filter(isAlive)).toEqual([]);
    expect(shims()).toEqual([]);
  });

  it('whose shim is killed has ended, and is over', async () => {
    const opened = openHand(sleeps);
    const { hand, facts } = opened;
    await hand.start(start);
    const { main } = look(opened);
    for (const { pid } of shims()) process.kill(pid, 'SIGKILL');
    await untilOver(facts);
    expect(facts).toEqual([ended('has lost its shim'), over]);
    expect(main !== undefined && isAlive(main)).toBe(false);
  });

  it('that there is none of is over at once', async () => {
    const { hand, facts } = openHand(sleeps);
    await hand.end(kill);
    expect(facts).toEqual([over]);
  });

  it('is not begun where none is configured', async () => {
    const { hand, facts } = openHand(undefined);
    await hand.start(start);
    expect([facts, shims()]).toEqual([[], []]);
  });

  it('that is to end while it starts does so when it has started', async () => {
    const { hand, facts } = openHand(sleeps);
    await Promise.all([hand.start(start), hand.end(kill)]);
    await untilOver(facts);
    expect(shims()).toEqual([]);
  });

  it('that was told to end has gone when its hand is closed', async () => {
    const { hand } = openHand(sleeps);
    await hand.start(start);
    void hand.end(kill);
    await hand.close();
    expect(shims()).toEqual([]);
  });
});

describe('what an earlier supervisor has left of a trial', () => {
  async function leave(command: TrialSpec['command']) {
    const opened = openHand(command);
    await opened.hand.start(start);
    const { processes } = look(opened);
    await opened.hand.close();
    expect(processes.some(isAlive)).toBe(true);
    return processes;
  }

  it('is killed and cleared away, which is no news', async () => {
    const processes = await leave(ignoresTerm);
    const { hand, facts } = openHand(sleeps);
    await hand.clear();
    expect([...processes.filter(isAlive), ...shims(), ...facts]).toEqual([]);
  });

  it('is killed also where its shim was before', async () => {
    const processes = await leave(ignoresTerm);
    for (const { pid } of shims()) process.kill(pid, 'SIGKILL');
    await until(() => shims().length === 0, 'the end of its shim');
    expect(processes.some(isAlive)).toBe(true);
    const { hand, facts } = openHand(sleeps);
    await hand.end(kill);
    expect([...processes.filter(isAlive), ...facts]).toEqual([over]);
  });

  it('is gone before the next begins, also while it is being cleared away', async () => {
    const processes = await leave(sleeps);
    const opened = openHand(sleeps);
    await Promise.all([opened.hand.clear(), opened.hand.start(start)]);
    expect(processes.filter(isAlive)).toEqual([]);
    const { main } = look(opened);
    expect(main !== undefined && isAlive(main)).toBe(true);
    expect([opened.facts, shims().length]).toEqual([[], 1]);
  });

  it('is ended on behalf of who asks for that', async () => {
    await leave(sleeps);
    const { hand, facts } = openHand(sleeps);
    await hand.end(stop);
    await untilOver(facts);
    expect(facts).toEqual([ended('was killed by SIGTERM'), over]);
    expect(shims()).toEqual([]);
  });
});
