import { until } from '../test/rig/until.ts';
import { borginit, shimAlone, type Contender } from './contenders.ts';
import { launch } from './launch.ts';
import { interleave } from './rounds.ts';
import type { Part, Scene } from './scene.ts';
import type { Table } from './table.ts';

interface Reaped {
  readonly perSecond: number;
  readonly mostZombies: number;
  readonly left: number;
}

interface Courses {
  readonly stream: Reaped;
  readonly burst: Reaped;
}

/** The fixture gives up after 10 s in each course; the orphans themselves take as long as the machine takes to fork. */
const limitMs = 120_000;

/** How fast orphans are reaped, and how many wait for it. */
export const measureReap: Part = async (scene: Scene) => {
  const everybody = [shimAlone, borginit, ...scene.neighbours];
  const contenders = everybody.filter(({ isSubreaper }) => scene.isolated || isSubreaper);
  const { orphanSeconds, orphanBurst, reapRounds } = scene.extent;
  scene.progress(`leaving orphans to each of ${contenders.length} for ${orphanSeconds} s, ${reapRounds} times`);
  const values = await interleave(contenders, reapRounds, (contender) => leaveOrphans(scene, contender));
  const table = (
    name: string,
    course: keyof Courses,
    { unit, better, figure }: Pick<Table, 'unit' | 'better'> & { figure: (reaped: Reaped) => number },
  ): Table => ({
    ...{ name, unit, better, references: better === 'more' ? ['borginit', 'ppidshim'] : [] },
    rows: contenders.map((contender) => {
      const rounds = (values.get(contender) ?? []).map((courses) => courses[course]);
      const left = Math.max(...rounds.map((reaped) => reaped.left));
      return { name: contender.name, values: rounds.map(figure), note: left > 0 ? `${left} left after 10 s` : '' };
    }),
  });
  const rate = { unit: '/s', better: 'more', figure: ({ perSecond }: Reaped) => perSecond } as const;
  const debt = { unit: '', better: 'less', figure: ({ mostZombies }: Reaped) => mostZombies } as const;
  return {
    tables: [
      table(`orphans left for ${orphanSeconds} s: reaped`, 'stream', rate),
      table('the same: most zombies at once', 'stream', debt),
      table(`${orphanBurst} orphans left at once: reaped`, 'burst', rate),
    ],
    remarks: scene.isolated ? [] : ['without a pid namespace only subreapers can be compared at reaping'],
  };
};

async function leaveOrphans(scene: Scene, contender: Contender): Promise<Courses> {
  const { orphanSeconds, orphanBurst } = scene.extent;
  const env = { BENCH_SECONDS: String(orphanSeconds), BENCH_BURST: String(orphanBurst) };
  await using launched = await launch(scene, contender, scene.fixtures.orphans, env);
  const lines = await until(() => launched.lines().length > 1 && launched.lines(), 'the end of the orphans', limitMs);
  const [stream, burst] = lines.map(parse);
  if (stream === undefined || burst === undefined) throw new Error('unreachable: two lines are two courses');
  return { stream, burst };
}

/** Shape: "stream 10000 5.123456 17 0" */
function parse(line: string): Reaped {
  const [orphans = 0, seconds = 0, mostZombies = 0, left = 0] = line.split(' ').slice(1).map(Number);
  return { perSecond: (orphans - left) / seconds, mostZombies, left };
}
