import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

import { startCommand } from '../test/rig/command.ts';
import { processesBelow, readTitle } from '../test/rig/processes.ts';
import { tempDir } from '../test/rig/temp-dir.ts';
import { until } from '../test/rig/until.ts';
import { built, type Contender } from './contenders.ts';
import { newNamespace } from './programs.ts';
import type { Scene } from './scene.ts';

/** A process of a contender: not the service's. */
export interface Member {
  readonly pid: number;
  /** Shape: "tini", "init", "supervisor", "shim". */
  readonly role: string;
}

/** A contender at work. The end of the scope kills it and its service. */
export interface Launched extends AsyncDisposable {
  /** From the instant before the contender's exec to the service's first instruction. */
  readonly startMs: number;
  /** What the service wrote since then, a line each. */
  lines(): readonly string[];
  members(): readonly Member[];
}

/** Starts a contender with the given service below it, and waits for the service's beginning. */
export async function launch(
  { fixtures, isolated, node }: Scene,
  contender: Contender,
  service: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Launched> {
  const dir = await tempDir();
  const file = join(dir.path, 'lines');
  const command = contender.command({ directory: dir.path, service, node, isolated });
  const started = startCommand([...(isolated ? newNamespace : []), fixtures.stamp, '--', ...command], {
    cwd: dir.path,
    env: { ...env, BENCH_FILE: file, BORGINIT_RUN_DIR: join(dir.path, 'run') },
  });
  const lines = (): readonly string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const dispose = async (): Promise<void> => {
    await started[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  };
  try {
    const [before = '', first = ''] = await until((note) => {
      note(started.stderr());
      return lines().length > 1 && lines();
    }, `the service of ${contender.name}`);
    return {
      startMs: Number(BigInt(first) - BigInt(before)) / 1e6,
      lines: () => lines().slice(2),
      members: () => members(started.pid, isolated, service),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function members(started: number, isolated: boolean, service: string): readonly Member[] {
  const below = processesBelow(started).map(({ pid }) => pid);
  const programs = (isolated ? below : [started, ...below]).map((pid) => ({ pid, program: programOf(pid) }));
  return programs
    .filter(({ program }) => program !== service && program !== '')
    .map(({ pid, program }) => ({ pid, role: roleOf(pid, program) }));
}

/** Borginit's own by their place, which is told by what they call themselves. */
function roleOf(pid: number, program: string): string {
  const title = readTitle(pid);
  if (title.includes(built.launcher)) return program === built.ppidshim ? 'init' : 'supervisor';
  if (program === built.ppidshim) return title.startsWith('borginit:') ? 'init' : 'shim';
  return basename(program);
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}
