/** What must be so whenever all is calm again. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeRecord } from '../../src/supervisor/record.ts';
import { servesAlone } from '../rig/generations.ts';
import { processesBelow, readProcess, type ProcessDetail } from '../rig/processes.ts';
import { until } from '../rig/until.ts';
import { services, supervisorOf, unsteady, workers, type Scene } from './scene.ts';

/** A zombie that is older than this has been forgotten. */
const zombieMaxMs = 1_000;
/** What comes and goes: a client that asks, a probe under way. */
const moreDescriptors = 8;

/** Waits until one generation serves what was deployed last, with all its workers, and nothing else is left. */
export const isCalm = async (scene: Scene): Promise<void> => {
  const serves = (): Promise<true> => servesAlone(scene.deployment, scene.expected, { workers });
  // What was late is tried again, and a machine as busy as this one takes its time.
  await serves().catch(serves);
};

/** What was so before anything happened, and what is to be so again. */
export interface Baseline {
  /** Open descriptors by title: of the supervisor and of each shim. */
  readonly descriptors: Readonly<Record<string, number>>;
  /** Below the run directory. */
  readonly files: readonly string[];
  /** The main processes of what nothing is done to. */
  readonly undisturbed: string;
}

export async function takeBaseline(scene: Scene): Promise<Baseline> {
  return {
    descriptors: Object.fromEntries(ours(scene).map(({ title, pid }) => [title, descriptorsOf(pid)])),
    files: filesOf(scene),
    undisturbed: await undisturbedOf(scene),
  };
}

/** Everything that is not as it should be, in words; empty when all is well. */
export async function problemsOf(scene: Scene, baseline: Baseline): Promise<readonly string[]> {
  const undisturbed = await undisturbedOf(scene);
  const problems = [
    ...(await zombieProblems(scene)),
    ...(undisturbed === baseline.undisturbed ? [] : [`there were ${baseline.undisturbed}, and are ${undisturbed}`]),
    ...(await supervisorOf(scene).then((supervisor) => journalProblems(scene, supervisor))),
  ];
  // What a moment ago was being closed or removed is given the time for it.
  const lasting = (): readonly string[] => [
    ...parentProblems(scene),
    ...descriptorProblems(scene, baseline),
    ...fileProblems(scene, baseline),
  ];
  await until(() => lasting().length === 0, 'nothing left behind', 15_000).catch(() => undefined);
  return [...problems, ...lasting()];
}

const below = ({ deployment }: Scene): readonly ProcessDetail[] => processesBelow(deployment.borginit.pid);

const ours = (scene: Scene): readonly ProcessDetail[] =>
  below(scene).filter(({ parentPid, title }) => parentPid === scene.deployment.borginit.pid && isOurs(title));

const shims: readonly string[] = services.map((name) => `ppidshim ${name}`);
const isOurs = (title: string): boolean => title === 'borginit supervisor' || shims.includes(title);

async function zombieProblems(scene: Scene): Promise<readonly string[]> {
  // A shell that is forking as fast as it can has zombies of its own, which are nobody else's to reap.
  const all = below(scene);
  const reapers = [scene.deployment.borginit.pid, ...all.filter(({ title }) => isOurs(title)).map(({ pid }) => pid)];
  const zombies = all.filter(({ state, parentPid }) => state === 'Z' && reapers.includes(parentPid));
  if (zombies.length > 0) await delay(zombieMaxMs);
  const forgotten = zombies.filter(({ pid, startTicks }) => {
    const now = readProcess(pid);
    return now?.startTicks === startTicks && now.state === 'Z';
  });
  return forgotten.map(({ pid, parentPid }) => `process ${pid}, child of ${parentPid}, is a zombie that nobody reaps`);
}

/** Below init there is the supervisor and one shim a service, and nothing else. */
function parentProblems(scene: Scene): readonly string[] {
  const titles = below(scene)
    .filter(({ parentPid, state }) => parentPid === scene.deployment.borginit.pid && state !== 'Z')
    .map(({ title }) => title);
  const strays = titles.filter((title) => !isOurs(title) && !isStarting(title));
  const doubles = titles.filter((title, index) => isOurs(title) && titles.indexOf(title) !== index);
  return [
    ...strays.map((title) => `"${title}" has PID 1 for its parent`),
    ...doubles.map((title) => `there is more than one "${title}"`),
  ];
}

/** A shim says who it is when its command has started. */
const isStarting = (title: string): boolean => title.includes('ppidshim --run');

const descriptorProblems = (scene: Scene, { descriptors }: Baseline): readonly string[] =>
  ours(scene).flatMap(({ title, pid }) => {
    const [now, before] = [descriptorsOf(pid), descriptors[title] ?? 0];
    const isToo = now > before + moreDescriptors && title !== `ppidshim ${unsteady}`;
    return isToo ? [`"${title}" has ${now} descriptors open, and had ${before}`] : [];
  });

/** But for what measures the processes in `status`: it keeps one descriptor for each that it has seen in the last minute. */
const ofUsage = /^\/proc\/\d+\/stat$/;

function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => !ofUsage.test(pathOf(pid, fd))).length;
  } catch {
    // It has just ended.
    return 0;
  }
}

function pathOf(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    // It was closed between two looks.
    return '';
  }
}

function fileProblems(scene: Scene, { files }: Baseline): readonly string[] {
  const now = filesOf(scene);
  const missing = files.filter((name) => !now.includes(name));
  const left = now.filter((name) => !files.includes(name));
  return [
    ...missing.map((name) => `${name} is missing in the run directory`),
    ...left.map((name) => `${name} is left in the run directory`),
  ];
}

const filesOf = ({ deployment }: Scene): readonly string[] =>
  readdirSync(deployment.borginit.runDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith(join('services', unsteady)))
    .sort();

function journalProblems({ deployment }: Scene, supervisor: ProcessDetail): readonly string[] {
  try {
    const value = JSON.parse(readFileSync(join(deployment.borginit.runDir, 'journal.json'), 'utf8')) as unknown;
    const decoded = decodeRecord(value, undefined);
    return decoded.kind === 'record' ? [] : [`the journal of process ${supervisor.pid} is of no use: ${decoded.kind}`];
  } catch (error) {
    return [`the journal cannot be read: ${String(error)}`];
  }
}

/** Shape: "api 17, ticker 19" */
async function undisturbedOf({ deployment }: Scene): Promise<string> {
  const { services: now } = await deployment.status();
  return services
    .filter((name) => name !== 'web' && name !== unsteady)
    .map((name) => `${name} ${now[name]?.instances.map(({ mainPid }) => mainPid).join() ?? 'unknown'}`)
    .join(', ');
}
