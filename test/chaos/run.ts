/**
 * `npm run chaos -- --seed N --minutes M`: real unicorn under load, and at random moments whatever can go wrong. After
 * each step all must be well again. The same seed draws the same steps in the same order; what meets what is up to the
 * machine.
 */
import { startDeployment } from '../rig/deployment.ts';
import { startLoad, type LoadResult } from '../rig/load.ts';
import { actions, type Action } from './actions.ts';
import { isCalm, memoryOf, problemsOf } from './invariants.ts';
import { parseOptions, usage, type ChaosOptions } from './options.ts';
import { Random } from './random.ts';
import { shimOf, supervisorOf, workers, type Scene } from './scene.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** One thing that happens, with requests before, meanwhile and after. */
async function take(
  scene: Scene,
  { act, mayLose }: Action,
): Promise<{ load: LoadResult; problems: readonly string[] }> {
  const running = await startLoad({ url: scene.deployment.home.url });
  const problems: string[] = [];
  try {
    await act(scene);
    await isCalm(scene);
    problems.push(...(await problemsOf(scene)));
  } catch (error) {
    problems.push(String(error));
  }
  const load = await running.stop();
  if (load.failed > mayLose) problems.push(`${load.failed} requests failed: ${load.errors.join(', ')}`);
  return { load, problems };
}

async function run({ seed, minutes }: ChaosOptions): Promise<number> {
  const random = new Random(seed);
  await using deployment = await startDeployment({
    ...{ server: 'unicorn', workers, reload: { soak: '300ms', timeout: '8s', drain: '10s' } },
    service: () => ({ restart: { backoff: { min: '50ms', max: '1s' }, giveUp: { after: 1_000, within: '1m' } } }),
  });
  const scene: Scene = { deployment, random, expected: 'r0', revisions: 0 };
  const first = { supervisor: memoryOf(await supervisorOf(scene)), shim: memoryOf(await shimOf(scene)) };
  const endsAt = performance.now() + minutes * 60_000;
  const counts = new Map<string, number>();
  let requests = 0;
  say(`chaos with seed ${seed} for ${minutes} min`);
  for (let step = 1; performance.now() < endsAt; step++) {
    const action = random.oneOf(actions);
    const { load, problems } = await take(scene, action);
    requests += load.requests;
    counts.set(action.name, (counts.get(action.name) ?? 0) + 1);
    say(`${step}. ${action.name}: ${load.failed} of ${load.requests} requests failed`);
    if (problems.length === 0) continue;
    for (const problem of problems) say(`   ✗ ${problem}`);
    say(deployment.borginit.stderr().slice(-20_000));
    say(`failed at step ${step}; again with --seed ${seed}`);
    return 1;
  }
  for (const [name, count] of [...counts].sort()) say(`${String(count).padStart(5)} × ${name}`);
  const last = { supervisor: memoryOf(await supervisorOf(scene)), shim: memoryOf(await shimOf(scene)) };
  say(
    `${requests} requests; private memory in KiB, first and last: supervisor ${first.supervisor} and ${last.supervisor}, shim ${first.shim} and ${last.shim}`,
  );
  say('all is well');
  return 0;
}

try {
  process.exitCode = await run(parseOptions(process.argv.slice(2), Math.random));
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 64;
}
