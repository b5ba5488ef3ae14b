/**
 * `npm run chaos -- --seed N --minutes M`: real unicorn under load, and at random moments whatever can go wrong. After
 * each step all must be well again. The same seed draws the same steps in the same order; what meets what is up to the
 * machine.
 */
import { startLoad, type LoadResult } from '../rig/load.ts';
import type { Action } from './action.ts';
import { actionsFor } from './actions.ts';
import { struck } from './deaths.ts';
import { isCalm, problemsOf, takeBaseline, type Baseline } from './invariants.ts';
import { growthIn, perMinute, privateMemoryOf, type Sample } from './memory.ts';
import { parseOptions, usage, type ChaosOptions } from './options.ts';
import { Random } from './random.ts';
import { openScene, shimsOf, supervisorOf, unsteady, type Scene } from './scene.ts';
import { Strikes } from './strikes.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Taken {
  readonly load: LoadResult;
  readonly problems: readonly string[];
}

/** One thing that happens, with requests before, meanwhile and after, to the bystander too. */
async function take(scene: Scene, baseline: Baseline, { act, mayLose }: Action): Promise<Taken> {
  await using running = await startLoad({ url: scene.deployment.home.url });
  await using beside = await startLoad({ url: scene.bystander.url, connections: 1 });
  const problems: string[] = [];
  try {
    await act(scene);
    await isCalm(scene);
    problems.push(...(await problemsOf(scene, baseline)));
  } catch (error) {
    problems.push(String(error));
  }
  const [load, other] = await Promise.all([running.stop(), beside.stop()]);
  if (load.failed > mayLose) problems.push(`${load.failed} requests failed: ${load.errors.join(', ')}`);
  if (other.failed > 0) problems.push(`${other.failed} requests to the bystander failed: ${other.errors.join(', ')}`);
  return { load, problems };
}

/** What was said last, but for what is said all the time. */
const logOf = ({ deployment }: Scene): string =>
  deployment.borginit
    .stderr()
    .split('\n')
    .filter((line) => !line.includes(`"${unsteady}"`))
    .join('\n')
    .slice(-20_000);

/** The steps in the order that the seed gives them; then, until each state was struck often enough, whatever strikes. */
function* stepsOf(scene: Scene, random: Random): Generator<Action, void> {
  const { minutes, states } = scene.options;
  const actions = actionsFor(scene.options);
  const endsAt = performance.now() + minutes * 60_000;
  while (performance.now() < endsAt) {
    scene.random = random.fork();
    yield random.weighted(actions);
  }
  for (let phase = scene.strikes.next(states); phase !== undefined; phase = scene.strikes.next(states)) {
    scene.random = random.fork();
    yield struck(phase);
  }
}

async function sample(scene: Scene): Promise<Sample> {
  const shims = shimsOf(scene).map(({ pid }) => privateMemoryOf(pid));
  return {
    atMs: performance.now(),
    supervisor: privateMemoryOf((await supervisorOf(scene)).pid),
    shims: shims.reduce((sum, kib) => sum + kib, 0),
  };
}

async function run(options: ChaosOptions): Promise<number> {
  const { seed, minutes } = options;
  await using scene = await openScene(options, new Strikes());
  await isCalm(scene);
  const baseline = await takeBaseline(scene);
  const counts = new Map<string, number>();
  const samples: Sample[] = [];
  let [step, requests] = [0, 0];
  say(`chaos with seed ${seed} for ${minutes} min; undisturbed are to be ${baseline.undisturbed}`);
  for (const action of stepsOf(scene, new Random(seed))) {
    say(`${++step}. ${action.name}`);
    const { load, problems } = await take(scene, baseline, action);
    requests += load.requests;
    counts.set(action.name, (counts.get(action.name) ?? 0) + 1);
    samples.push(await sample(scene));
    say(`   ${load.failed} of ${load.requests} requests failed, the slowest took ${Math.round(load.maxMs)} ms`);
    if (problems.length === 0) continue;
    for (const problem of problems) say(`   ✗ ${problem}`);
    say(logOf(scene));
    say(`failed at step ${step}; again with --seed ${seed}`);
    return 1;
  }
  for (const [name, count] of [...counts].sort()) say(`${String(count).padStart(5)} × ${name}`);
  say('the supervisor was struck in');
  scene.strikes.table().forEach(say);
  perMinute(samples).forEach(say);
  const growth = growthIn(samples);
  for (const problem of growth) say(`   ✗ ${problem}`);
  say(`${step} steps, ${requests} requests`);
  if (growth.length > 0) return 1;
  say('all is well');
  return 0;
}

try {
  process.exitCode = await run(parseOptions(process.argv.slice(2), Math.random));
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 64;
}
