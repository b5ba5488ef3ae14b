import type { ReloadRecord } from '../../src/model/reload-record.ts';
import type { InstanceSnapshot, Snapshot, WorkerSnapshot } from '../../src/model/snapshot.ts';
import type { ReloadPlan } from '../../src/model/reload-plan.ts';
import type { Supervisor } from '../../src/supervisor/api.ts';
import type { SupervisorEvents } from '../../src/model/operation.ts';

/** The instant at which every sample was taken. */
export const sampleNow = Date.parse('2026-03-01T12:00:00Z');

export const sampleWorker = (changes: Partial<WorkerSnapshot> = {}): WorkerSnapshot => ({
  pid: 1240,
  index: 0,
  generation: 3,
  title: 'unicorn worker[0] -c unicorn.conf.rb',
  activity: 'idle',
  cpuPercent: 6.2,
  rssBytes: 134_217_728,
  ...changes,
});

export const sampleInstance = (changes: Partial<InstanceSnapshot> = {}): InstanceSnapshot => ({
  instance: 1,
  state: 'running',
  detail: '',
  health: 'healthy',
  generation: 3,
  revision: '4f2c9e1',
  shimPid: 1200,
  mainPid: 1234,
  startedAt: '2026-03-01T08:48:00Z',
  restarts: 0,
  cpuPercent: 12.4,
  rssBytes: 268_435_456,
  outputWaitingSince: null,
  workers: [sampleWorker(), sampleWorker({ pid: 1241, index: 1, activity: 'busy' })],
  lastReload: null,
  ...changes,
});

export const sampleReload = (changes: Partial<ReloadRecord> = {}): ReloadRecord => ({
  service: 'unicorn',
  instance: 1,
  strategy: 'reexec',
  trigger: 'revision',
  from: { generation: 3, revision: '4f2c9e1' },
  to: { generation: 4, revision: '9bc1d22' },
  startedAt: '2026-03-01T11:55:00Z',
  durationMs: 4_200,
  outcome: 'reloaded',
  phase: 'retiring',
  why: 'the new generation serves',
  exposureMs: 0,
  timeline: [
    { phase: 'preparing', afterMs: 0 },
    { phase: 'starting', afterMs: 40 },
    { phase: 'proving', afterMs: 60 },
    { phase: 'soaking', afterMs: 1_900 },
    { phase: 'retiring', afterMs: 3_950 },
  ],
  lastLines: [],
  ...changes,
});

export const samplePlan = (changes: Partial<ReloadPlan> = {}): ReloadPlan => ({
  service: 'unicorn',
  instance: 1,
  strategy: 'reexec',
  from: { generation: 3, revision: '4f2c9e1' },
  to: { generation: 4, revision: '9bc1d22' },
  refusal: null,
  steps: [
    { phase: 'preparing', text: 'run the prepare hook, within 120s: bin/fetch', limitMs: 120_000 },
    { phase: 'preparing', text: 'see that /srv/shop and the program of the server are there', limitMs: null },
    { phase: 'starting', text: 'send SIGUSR2 to the old master', limitMs: 2_000 },
  ],
  ...changes,
});

export const sampleSnapshot = (changes: Partial<Snapshot> = {}): Snapshot => ({
  name: 'shopify-unicorn',
  role: 'unicorn',
  revision: '4f2c9e1',
  rollout: null,
  pid: 1,
  supervisor: { pid: 7, version: '1.2.3', startedAt: '2026-03-01T08:47:00Z', restarts: 0 },
  services: { unicorn: { instances: [sampleInstance()] } },
  ...changes,
});

/** A supervisor that answers with samples; what a test needs otherwise is given. */
export const fakeSupervisor = (changes: Partial<Supervisor> = {}): Supervisor => ({
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(0),
  release: () => Promise.resolve(),
  snapshot: () => Promise.resolve(sampleSnapshot()),
  history: () => [],
  reload: () => Promise.resolve([]),
  plan: () => Promise.resolve([]),
  request: () => Promise.resolve([]),
  signal: () => undefined,
  on: () => () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
  ...changes,
});

/** Collects what subscribers subscribed to, so that a test can tell them something. */
export function fakeEvents() {
  type Listener = (value: never) => void;
  const listeners: { event: string; listener: Listener }[] = [];
  const on: Supervisor['on'] = (event, listener) => {
    const entry = { event, listener: listener as Listener };
    listeners.push(entry);
    return () => void listeners.splice(listeners.indexOf(entry), 1);
  };
  const tell = <Name extends keyof SupervisorEvents>(event: Name, value: SupervisorEvents[Name]): void => {
    for (const each of [...listeners]) if (each.event === event) each.listener(value as never);
  };
  return { on, tell, listeners };
}
