import type {
  HealthName,
  InstanceSnapshot,
  InstanceStateName,
  RolloutSnapshot,
  Snapshot,
  WorkerSnapshot,
} from '../../model/snapshot.ts';
import { humanizeBytes, humanizeMs, humanizePercent } from './humanize.ts';
import { renderReload } from './reload-view.ts';
import { paint, printable, renderTable, type Cell, type Column, type Style } from './text-table.ts';

/** How much room there is, and what time it is. */
export interface View {
  readonly columns: number;
  readonly isColoured: boolean;
  readonly now: number;
}

/** The text of `borginit status`. */
export function renderStatus(snapshot: Snapshot, view: View): string {
  const services = Object.entries(snapshot.services);
  const rows = services.flatMap(([service, { instances }]) =>
    instances.flatMap((instance) => instanceRows(nameOf(service, instance, instances.length), instance, view.now)),
  );
  const notes = services.flatMap(([service, { instances }]) =>
    instances.flatMap((instance) => instanceNotes(nameOf(service, instance, instances.length), instance, view)),
  );
  const table = renderTable(columns, rows, view.columns, view.isColoured);
  return [...header(snapshot, view), '', ...table, ...(notes.length > 0 ? ['', ...notes] : []), ''].join('\n');
}

const columns: readonly Column[] = [
  { title: 'SERVICE', dispensable: 0 },
  { title: 'STATE', dispensable: 0 },
  { title: 'HEALTH', dispensable: 1 },
  { title: 'REVISION', dispensable: 2 },
  { title: 'GEN', align: 'right', dispensable: 0 },
  { title: 'PID', align: 'right', dispensable: 0 },
  { title: 'UPTIME', align: 'right', dispensable: 0 },
  { title: 'CPU', align: 'right', dispensable: 0 },
  { title: 'MEMORY', align: 'right', dispensable: 0 },
  { title: 'RESTARTS', align: 'right', dispensable: 3 },
  { title: 'TITLE', dispensable: 4 },
];

const nameOf = (service: string, { instance }: InstanceSnapshot, of: number): string =>
  of === 1 ? service : `${service}.${instance}`;

function header(snapshot: Snapshot, { isColoured, now }: View): readonly string[] {
  const { supervisor } = snapshot;
  const facts = [
    ...(snapshot.role === null ? [] : [`role ${printable(snapshot.role)}`]),
    ...(snapshot.revision === null ? [] : [`revision ${printable(snapshot.revision)}`]),
  ];
  const restarts = supervisor.restarts === 0 ? '' : `, restarted ${times(supervisor.restarts)}`;
  const processes = `init ${snapshot.pid}, supervisor ${supervisor.pid} up ${since(supervisor.startedAt, now)}${restarts}`;
  return [
    [paint(printable(snapshot.name), 'bold', isColoured), ...facts].join('  '),
    paint(`borginit ${printable(supervisor.version)}, ${processes}`, 'dim', isColoured),
    ...(snapshot.rollout === null ? [] : [paint(renderRollout(snapshot.rollout, now), 'yellow', isColoured)]),
  ];
}

/** Why nothing moves yet. Shape: "rollout: 9bc1d22 is followed in 8m 12s, after the canaries" */
function renderRollout({ state, revision, dueAt, canary, detail }: RolloutSnapshot, now: number): string {
  const left = dueAt === null ? '' : humanizeMs(Date.parse(dueAt) - now);
  const what = printable(revision);
  switch (state) {
    case 'waiting':
      return `rollout: ${what} is followed in ${left}${canary === null ? '' : canary ? ', as a canary' : ', after the canaries'}`;
    case 'queueing':
      return `rollout: ${what} is followed when a permit is free, ${printable(detail)}`;
    case 'blocked':
      return `rollout: ${what} is not followed, no permit can be had; tried again in ${left}: ${printable(detail)}`;
    case 'moving':
      return `rollout: ${what} is being followed`;
  }
}

/** So long no reader that is only busy takes. */
const stuckMs = 2_000;

const isStuck = (instant: string | null, now: number): instant is string =>
  instant !== null && now - Date.parse(instant) >= stuckMs;

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

const since = (instant: string, now: number): string => humanizeMs(now - Date.parse(instant));

const stateStyles: Readonly<Record<InstanceStateName, Style>> = {
  adopting: 'cyan',
  down: 'dim',
  completed: 'dim',
  starting: 'cyan',
  running: 'green',
  reloading: 'cyan',
  stopping: 'yellow',
  backoff: 'yellow',
  failed: 'red',
};

const healthStyles: Readonly<Record<HealthName, Style>> = {
  none: 'dim',
  starting: 'cyan',
  healthy: 'green',
  unhealthy: 'red',
};

function instanceRows(name: string, instance: InstanceSnapshot, now: number): readonly (readonly Cell[])[] {
  const { state, health, revision, cpuPercent, rssBytes, workers, restarts } = instance;
  const row: readonly Cell[] = [
    { text: printable(name), style: 'bold' },
    { text: state, style: stateStyles[state] },
    { text: health === 'none' ? '' : health, style: healthStyles[health] },
    { text: short(revision) },
    number(instance.generation),
    number(instance.mainPid),
    { text: instance.startedAt === null ? '' : since(instance.startedAt, now) },
    { text: cpuPercent === null ? '' : humanizePercent(cpuPercent) },
    { text: rssBytes === null ? '' : humanizeBytes(rssBytes) },
    restarts === 0 ? { text: '' } : { text: String(restarts), style: 'yellow' },
    { text: '' },
  ];
  return [row, ...workers.map((worker, index) => workerRow(worker, index === workers.length - 1))];
}

const number = (value: number | null): Cell => ({ text: value === null ? '' : String(value) });

/** Enough of a revision to tell it from its neighbours. */
const revisionWidth = 12;

function short(revision: string | null): string {
  const text = printable(revision ?? '');
  return text.length <= revisionWidth ? text : `${text.slice(0, revisionWidth - 1)}…`;
}

const activityStyles: Readonly<Record<WorkerSnapshot['activity'], Style>> = {
  booting: 'cyan',
  idle: 'dim',
  busy: 'green',
  draining: 'yellow',
  unknown: 'dim',
};

function workerRow(worker: WorkerSnapshot, isLast: boolean): readonly Cell[] {
  const { activity, cpuPercent, rssBytes } = worker;
  return [
    { text: `${isLast ? '└─' : '├─'} worker ${worker.index}`, style: 'dim' },
    { text: activity === 'unknown' ? '' : activity, style: activityStyles[activity] },
    { text: '' },
    { text: '' },
    { text: String(worker.generation), style: 'dim' },
    { text: String(worker.pid) },
    { text: '' },
    { text: cpuPercent === null ? '' : humanizePercent(cpuPercent) },
    { text: rssBytes === null ? '' : humanizeBytes(rssBytes) },
    { text: '' },
    { text: printable(worker.title), style: 'dim' },
  ];
}

function instanceNotes(name: string, instance: InstanceSnapshot, view: View): readonly string[] {
  const { state, detail, lastReload, outputWaitingSince } = instance;
  const isRegrettable = lastReload !== null && lastReload.outcome !== 'reloaded';
  return [
    ...(detail === '' ? [] : [`${printable(name)} ${state}: ${printable(detail)}`]),
    ...(isStuck(outputWaitingSince, view.now)
      ? [`${printable(name)} output: nobody has taken it for ${since(outputWaitingSince, view.now)}`]
      : []),
    ...(isRegrettable ? [renderReload(lastReload, view, name)] : []),
  ];
}
