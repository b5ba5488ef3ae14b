/** What must be so whenever all is calm again, and what is measured over the whole time. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { servesAlone } from '../rig/generations.ts';
import { readProcess, type ProcessDetail } from '../rig/processes.ts';
import { shimOf, supervisorOf, workers, type Scene } from './scene.ts';

/** A zombie that is older than this has been forgotten. */
const zombieMaxMs = 1_000;
/** Sockets, pipes, watches and Node's own: a healthy supervisor has about 25, a shim about 10. */
const descriptorsMax = 60;

/** Waits until one generation serves what was deployed last, with all its workers, and nothing else is left. */
export const isCalm = async (scene: Scene): Promise<void> => {
  await servesAlone(scene.deployment, scene.expected, { workers });
};

/** Everything that is not as it should be, in words; empty when all is well. */
export async function problemsOf(scene: Scene): Promise<readonly string[]> {
  const { borginit } = scene.deployment;
  const [supervisor, shim] = [await supervisorOf(scene), await shimOf(scene)];
  const ours = [supervisor.pid, shim.pid];
  const zombies = borginit.processes().filter(({ state }) => state === 'Z');
  if (zombies.length > 0) await delay(zombieMaxMs);
  const forgotten = zombies.filter(({ pid, startTicks }) => readProcess(pid)?.startTicks === startTicks);
  const strays = borginit
    .processes()
    .filter(({ parentPid, pid }) => isBelowInit(scene, parentPid) && !ours.includes(pid));
  return [
    ...forgotten.map(({ pid }) => `process ${pid} is a zombie, and nobody waits for it`),
    ...strays.map(({ title }) => `"${title}" has PID 1 for its parent`),
    ...[supervisor, shim].flatMap(({ pid, title }) => {
      const open = descriptorsOf(pid);
      return open > descriptorsMax ? [`"${title}" has ${open} descriptors open`] : [];
    }),
    ...journalProblems(borginit.runDir),
    ...((await scene.deployment.status()).services['web'] === undefined ? ['status does not know the service'] : []),
  ];
}

const isBelowInit = ({ deployment }: Scene, parentPid: number): boolean => parentPid === deployment.borginit.pid;

const descriptorsOf = (pid: number): number => {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
};

function journalProblems(runDir: string): readonly string[] {
  try {
    JSON.parse(readFileSync(join(runDir, 'journal.json'), 'utf8'));
    return [];
  } catch (error) {
    return [`the journal cannot be read: ${String(error)}`];
  }
}

/** Private memory in KiB; 0 for a process that has ended. Source: proc_pid_smaps_rollup(5) */
export function memoryOf({ pid }: ProcessDetail): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, [, kib]) => sum + Number(kib), 0);
  } catch {
    return 0;
  }
}
