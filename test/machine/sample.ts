import { newInstance } from '../../src/machine/instance.ts';
import type { Generation, In, Instance, Ledger, Life } from '../../src/machine/life.ts';
import type { Fresh, Phase, Plan, Reload } from '../../src/machine/reload/state.ts';
import type { Turn } from '../../src/machine/step.ts';
import type { InstanceEffect } from '../../src/model/effect.ts';
import type { Verdict } from '../../src/model/probe.ts';
import { generationId, instanceId, type GenerationId, type Revision } from '../../src/model/identity.ts';
import type { ProcessInfo, ProcessRef } from '../../src/model/process.ts';
import type { TimelineEntry } from '../../src/model/reload-record.ts';
import type { Config, HealthSpec, ServiceSpec } from '../../src/model/spec.ts';
import type { Profile, Strategy } from '../../src/model/profile.ts';
import { profiles } from '../../src/servers/profiles.ts';

export const sampleHealth: HealthSpec = {
  probe: { kind: 'tcp', address: { kind: 'tcp', host: 'localhost', port: 8000 } },
  intervalMs: 2_000,
  timeoutMs: 300,
  retries: 2,
  startPeriodMs: 3_000,
};

export const sampleSpec = (changes: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name: 'web',
  instances: 1,
  command: ['unicorn', '-c', 'app.rb'],
  prepare: undefined,
  cwd: '/',
  env: {},
  user: undefined,
  server: profiles.unicorn,
  health: sampleHealth,
  restart: { policy: 'always', backoff: { minMs: 100, maxMs: 1_000 }, giveUp: { after: 5, withinMs: 60_000 } },
  reload: {
    ...{ strategy: 'reexec', handover: 'together', timeoutMs: 6_000, soakMs: 500, drainMs: 3_000, on: 'revision' },
    ...{ check: undefined, command: undefined, trial: undefined, retry: { times: 0, afterMs: 1_000 } },
  },
  stop: { signal: 'SIGQUIT', timeoutMs: 2_000 },
  stdin: 'null',
  listen: [],
  output: 'inherit',
  ...changes,
});

export const sampleConfig = (changes: Partial<ServiceSpec> = {}, more: Partial<Config> = {}): Config => ({
  name: 'shop',
  role: undefined,
  revision: { file: '/revision' },
  rollout: undefined,
  supervisor: { watchdogMs: 30_000, orphans: undefined },
  services: [sampleSpec(changes)],
  mode: 'services',
  ...more,
});

export const r1 = 'r1' as Revision;
export const r2 = 'r2' as Revision;

/** The instant of every sample turn. */
export const now = 10_000;

export const sampleTurn = (changes: Partial<ServiceSpec> = {}, more: Partial<Turn> = {}): Turn => {
  const spec = sampleSpec(changes);
  const stamp = { at: now, wall: 1_700_000_000_000, chance: 0, said: [] };
  const revision = 'revision' in more ? more.revision : r1;
  return { spec, revision, admitted: revision, stamp, ...more };
};

export const ref = (pid: number): ProcessRef => ({ pid, startTicks: pid * 10 });
export const shim = ref(50);
export const oldMaster = ref(100);
export const newMaster = ref(200);

export const old: Generation = { number: 1, revision: r1, main: oldMaster, startedAt: 1 };
export const fresh: Fresh = { master: newMaster, image: 'new', startedAt: 2, workers: [], deaths: 0, readyAt: 9_500 };

export const plan: Plan = {
  strategy: 'reexec',
  trigger: 'revision',
  from: { number: 1, revision: r1 },
  target: { number: 2, revision: r2 },
  requestedAt: 9_000,
  requestedWall: 1_700_000_000_000,
  deadline: 16_000,
  expected: undefined,
  handover: { kind: 'together' },
  timeline: [{ phase: 'preparing', afterMs: 0 }],
};

/** What makes the sample service one of that server, reloaded as it is by habit or by that strategy. */
export const servedBy = (server: Profile, strategy: Strategy = server.strategy): Partial<ServiceSpec> => ({
  server,
  reload: { ...sampleSpec().reload, strategy },
});

/** A plan for the sample service of that strategy. */
export const planFor = (strategy: Plan['strategy']): Plan => ({ ...plan, strategy });

const blank = newInstance('web', 1);

/** An instance in that state; its newest generation is 1, or 2 while it reloads. */
export const sampleInstance = <L extends Life>(life: L, ledger: Partial<Ledger> = {}): Instance & { life: L } => ({
  ...blank,
  ledger: { ...blank.ledger, newest: life.kind === 'reloading' ? 2 : 1, ...ledger },
  life,
});

export const running: Extract<Life, { kind: 'running' }> = {
  kind: 'running',
  shim,
  serving: old,
  health: { kind: 'healthy', failures: 0 },
};

export const reloadingIn = (reload: Reload): Extract<Life, { kind: 'reloading' }> => ({
  ...running,
  kind: 'reloading',
  reload,
});

export const sampleReloading = (reload: Reload, ledger: Partial<Ledger> = {}): In<'reloading'> =>
  sampleInstance(reloadingIn(reload), ledger);

/** One life of each state, and one reload of each phase. */
export const lives = {
  adopting: { kind: 'adopting', was: undefined, era: 'same', wish: 'run', held: [] },
  starting: {
    kind: 'starting',
    number: 1,
    revision: r1,
    startedAt: 1,
    wish: 'run',
    held: [],
    plan: undefined,
    after: undefined,
  },
  running,
  searching: { kind: 'searching', shim, serving: old, outcome: { kind: 'exited', code: 3 } },
  stopping: { kind: 'stopping', shim, serving: old, others: [], signal: 'SIGQUIT', killAt: now, then: 'rest' },
  clearing: { kind: 'clearing', shim, others: [], outcome: { kind: 'exited', code: 3 }, killAt: now, then: 'decide' },
  orphaned: {
    ...{ kind: 'orphaned', masters: [oldMaster], left: [oldMaster, ref(101)], told: [oldMaster] },
    ...{ signal: 'SIGQUIT', outcome: { kind: 'unknown' }, killAt: now, then: 'decide' },
  },
  backoff: { kind: 'backoff', outcome: { kind: 'exited', code: 3 }, until: 11_000 },
  down: { kind: 'down', why: 'asked', outcome: undefined },
  failed: { kind: 'failed', outcome: { kind: 'exited', code: 3 } },
} as const satisfies Record<string, Life>;

const untilNow = (...phases: readonly Phase[]): { timeline: readonly TimelineEntry[] } => ({
  timeline: phases.map((phase, index) => ({ phase, afterMs: 100 * index })),
});

export const reloads = {
  preparing: { ...plan, phase: 'preparing', step: 'looking' },
  trying: {
    ...{ ...plan, ...untilNow('preparing', 'trying') },
    ...{ phase: 'trying', step: 'pausing', workers: [], deaths: 0, problem: '', mayPass: false },
  },
  starting: {
    ...{ ...plan, ...untilNow('preparing', 'starting') },
    phase: 'starting',
    by: 'master',
    signal: 'sent',
    appearsBy: 12_000,
    strangers: [],
    suspects: [],
    expected: 2,
  },
  renewing: {
    ...{ ...plan, ...untilNow('preparing', 'renewing'), strategy: 'signal' },
    ...{ phase: 'renewing', signal: 'sent', showsBy: 12_000, stuckAt: 11_000, image: 'old' },
    old: [ref(101), ref(102)],
    expected: 2,
  },
  proving: {
    ...{ ...plan, ...untilNow('preparing', 'starting', 'proving') },
    ...{ phase: 'proving', expected: 2, fresh, old: [], step: 'booting', wanting: 'no worker runs' },
  },
  'handing-over': {
    ...{ ...plan, ...untilNow('preparing', 'starting', 'proving', 'handing-over') },
    ...{
      handover: { kind: 'under-way', taking: undefined },
      phase: 'handing-over',
      expected: 2,
      fresh,
      old: [ref(101)],
      step: 'choosing',
    },
  },
  soaking: {
    ...{ ...plan, ...untilNow('preparing', 'starting', 'proving', 'soaking') },
    ...{ phase: 'soaking', expected: 2, fresh, old: [], until: now, step: 'holding' },
  },
  retiring: {
    ...{ ...plan, ...untilNow('preparing', 'starting', 'proving', 'soaking', 'retiring') },
    ...{ phase: 'retiring', fresh, old: [ref(101)], killAt: now, step: 'quitting', why: 'it proved itself' },
  },
  'rolling-back': {
    ...{ ...plan, ...untilNow('preparing', 'starting', 'proving', 'rolling-back') },
    phase: 'rolling-back',
    expected: 2,
    fresh,
    why: 'it was bad',
    mayPass: false,
    exposureMs: 0,
    step: 'quitting',
    stepUntil: now,
  },
  salvaging: {
    ...{ ...plan, ...untilNow('preparing', 'starting', 'proving', 'salvaging') },
    ...{ phase: 'salvaging', fresh, old: [], step: 'booting', told: undefined },
  },
} as const satisfies { readonly [P in Reload['phase']]: Extract<Reload, { phase: P }> };

/** The name that questions asked in the sample instance carry. */
export const generation = (number: number): GenerationId => generationId(instanceId('web', 1), number);

export const passed: Verdict = { kind: 'passed' };
export const refused: Verdict = { kind: 'refused', problem: 'answered 500' };
export const silent: Verdict = { kind: 'silent', problem: 'no answer within 250 ms' };

/** What a look shows: a master of that image, titled as one that may be signalled. */
export const seenMaster = (master: ProcessRef, parentPid: number, image: string): ProcessInfo => ({
  ...master,
  parentPid,
  image,
  state: 'S',
  title: 'unicorn master -c app.rb',
  catches: ['SIGHUP', 'SIGUSR1', 'SIGUSR2'],
});

/** The same of a process that is about to end: it has no memory any more. */
export const ending = (process: ProcessInfo): ProcessInfo => ({ ...process, image: '', title: '[ruby]' });

/** What a look shows: a worker that has loaded the application. */
export const seenWorker = (pid: number, master: ProcessRef, image: string): ProcessInfo => ({
  ...ref(pid),
  parentPid: master.pid,
  image,
  state: 'S',
  title: `unicorn worker[${pid % 100}] -c app.rb`,
  catches: ['SIGUSR1'],
});

export const oldProcesses = [
  seenMaster(oldMaster, shim.pid, 'old'),
  seenWorker(101, oldMaster, 'old'),
  seenWorker(102, oldMaster, 'old'),
];

export const newProcesses = [
  seenMaster(newMaster, oldMaster.pid, 'new'),
  seenWorker(201, newMaster, 'new'),
  seenWorker(202, newMaster, 'new'),
];

/** What a look shows of nginx, which a reload renews under the same master. */
export const nginxMaster: ProcessInfo = {
  ...seenMaster(oldMaster, shim.pid, 'old'),
  title: 'nginx: master process nginx',
  catches: ['SIGHUP'],
};

export const nginxWorker = (pid: number, title = 'nginx: worker process'): ProcessInfo => ({
  ...seenWorker(pid, oldMaster, 'old'),
  title,
  catches: ['SIGHUP'],
});

/** The same of puma: a worker that accepts has a thread for that. */
export const pumaMaster: ProcessInfo = { ...nginxMaster, title: 'puma 5.6.5 (tcp://0.0.0.0:80) [app]' };

export const pumaWorker = (pid: number, isReady = true): ProcessInfo => ({
  ...seenWorker(pid, oldMaster, 'old'),
  title: `puma: cluster worker ${pid % 100}: 100 [app]`,
  threads: ['puma', 'puma wrkr check', ...(isReady ? ['puma srv'] : [])],
});

export const nginxProcesses = [nginxMaster, nginxWorker(101), nginxWorker(102)];
export const renewedNginx = [nginxMaster, nginxWorker(111), nginxWorker(112)];

/** The new generation under the old master, of which nothing has been seen yet. */
export const renewedFresh: Fresh = { ...fresh, master: oldMaster, image: 'old', readyAt: undefined };

/** An effect in a few words. Shape: "signal main SIGQUIT", "timer stop 12000", "probe proof ×2, 2 frozen". */
export function describeEffect(effect: InstanceEffect): string {
  switch (effect.kind) {
    case 'signal': {
      const { target } = effect;
      return `signal ${target.kind === 'process' ? target.process.pid : target.kind} ${effect.signal}`;
    }
    case 'signal-orphan':
      return `orphan ${effect.process.pid} ${effect.signal}`;
    case 'find-orphans':
      return `${effect.kind} ${effect.known.length}`;
    case 'pass-on':
      return `pass-on ${effect.process.pid} ${effect.signal}`;
    case 'watch':
    case 'name-heir':
      return `${effect.kind} ${effect.process.pid}`;
    case 'timer':
      return `timer ${effect.timer} ${effect.at}`;
    case 'probe':
      return `probe ${effect.purpose} ×${effect.times}, ${effect.frozen.length} frozen`;
    case 'weigh':
      return `weigh ${effect.workers.length}`;
    case 'prepare':
      return `prepare within ${effect.timeoutMs}`;
    case 'run-reload':
      return `run-reload within ${effect.timeoutMs}`;
    case 'end-trial':
      return `end-trial ${effect.how}`;
    case 'start-trial':
    case 'look-at-trial':
    case 'start-shim':
    case 'start-second':
    case 'find-shim':
    case 'kill-all':
    case 'end-shim':
    case 'look':
      return effect.kind;
  }
}
