import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { hasProgram } from './programs.ts';
import { startReloadApp, type ReloadApp } from './reload-app.ts';
import { interleave } from './rounds.ts';
import type { Part, Scene } from './scene.ts';
import type { Table } from './table.ts';

/** What wrk saw. */
export interface Served {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answered badly or not at all. */
  readonly failed: number;
  readonly reloads: number;
}

const modes = ['no reload', 'one reload after the other'] as const;

/** What clients notice of reloads. */
export const measureLoad: Part = async (scene: Scene) => {
  if (!hasProgram('wrk')) return { tables: [], remarks: ['load: not measured, for there is no wrk'] };
  await using app = await startReloadApp(scene);
  const { loadRounds, loadSeconds } = scene.extent;
  scene.progress(`loading ${app.server} for ${loadSeconds} s, ${loadRounds} times without and with reloads`);
  const values = await interleave(modes, loadRounds, (mode) =>
    mode === 'no reload' ? load(app.url, loadSeconds) : loadWhileReloading(app, loadSeconds),
  );
  const table = (name: string, unit: string, better: Table['better'], figure: (served: Served) => number): Table => ({
    name: `${name} (${app.server}, 20 connections)`,
    unit,
    better,
    rows: modes.map((mode) => ({ name: mode, values: (values.get(mode) ?? []).map(figure), note: '' })),
    references: ['one reload after the other'],
  });
  const all = [...values.values()].flat();
  const sum = (figure: (served: Served) => number): number => all.reduce((total, served) => total + figure(served), 0);
  return {
    tables: [
      table('latency, p50', 'ms', 'less', ({ p50Ms }) => p50Ms),
      table('latency, p99', 'ms', 'less', ({ p99Ms }) => p99Ms),
      table('latency, greatest', 'ms', 'less', ({ maxMs }) => maxMs),
      table('requests', '/s', 'more', ({ perSecond }) => perSecond),
    ],
    remarks: [`${sum(({ reloads }) => reloads)} reloads under load; ${sum(({ failed }) => failed)} requests failed`],
  };
};

async function loadWhileReloading(app: ReloadApp, seconds: number): Promise<Served> {
  const over = new AbortController();
  const [served, reloads] = await Promise.all([
    load(app.url, seconds).finally(() => over.abort()),
    reloadUntil(over.signal, app),
  ]);
  // The next round begins with workers that have warmed up as ours had.
  await delay(500);
  return { ...served, reloads };
}

async function reloadUntil(over: AbortSignal, app: ReloadApp): Promise<number> {
  let reloads = 0;
  for (; !over.aborted; reloads += 1) await app.reload();
  return reloads;
}

/** Requests over 20 connections, each asking again as soon as it is answered. The end of the scope ends them. */
export interface Load extends Disposable {
  readonly result: Promise<Served>;
  /** Before its time: wrk then prints what it has counted. */
  stop(): void;
}

/** Starts wrk for so many seconds. */
export function startLoad(url: string, seconds: number): Load {
  const args = ['-t', '1', '-c', '20', '-d', `${seconds}s`, '--latency', '--timeout', '5s', url];
  const running = promisify(execFile)('wrk', args);
  const stop = (): void => void running.child.kill('SIGINT');
  return { result: running.then(({ stdout }) => parseWrk(stdout)), stop, [Symbol.dispose]: stop };
}

const load = (url: string, seconds: number): Promise<Served> => startLoad(url, seconds).result;

/** Reads what wrk prints. It leaves out what did not happen. */
export function parseWrk(text: string): Served {
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  return {
    perSecond: number(/^Requests\/sec:\s+([\d.]+)$/m),
    p50Ms: milliseconds(/^\s+50%\s+(\S+)/m.exec(text)?.[1]),
    p99Ms: milliseconds(/^\s+99%\s+(\S+)/m.exec(text)?.[1]),
    maxMs: milliseconds(/Latency\s+\S+\s+\S+\s+(\S+)/.exec(text)?.[1]),
    failed: errors.reduce((sum, count) => sum + Number(count), number(/Non-2xx or 3xx responses: (\d+)/)),
    reloads: 0,
  };
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

function milliseconds(text: string | undefined): number {
  const [, digits, unit] = /^([\d.]+)(us|ms|s|m)$/.exec(text ?? '') ?? [];
  return Number(digits ?? Number.NaN) * (unitsMs[unit ?? ''] ?? Number.NaN);
}
