import { until } from '../test/rig/until.ts';
import { borginit, shimAlone, type Contender } from './contenders.ts';
import { launch } from './launch.ts';
import { interleave } from './rounds.ts';
import type { Part, Scene } from './scene.ts';
import type { Row, Table } from './table.ts';

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
  const { orphans, reapRounds } = scene.extent;
  scene.progress(`leaving ${orphans} orphans to each of ${contenders.length}, ${reapRounds} times`);
  const values = await interleave(contenders, reapRounds, (contender) => leaveOrphans(scene, contender));
  const rows = (figure: (courses: Courses) => number): readonly Row[] =>
    contenders.map((contender) => {
      const rounds = values.get(contender) ?? [];
      const left = Math.max(...rounds.map(({ stream, burst }) => stream.left + burst.left));
      return { name: contender.name, values: rounds.map(figure), note: left > 0 ? `${left} left after 10 s` : '' };
    });
  const table = (name: string, unit: string, better: Table['better'], figure: (courses: Courses) => number): Table => ({
    ...{ name, unit, better, rows: rows(figure) },
    references: better === 'more' ? ['borginit', 'ppidshim'] : [],
  });
  return {
    tables: [
      table(`${orphans} orphans, one after the other: reaped`, '/s', 'more', ({ stream }) => stream.perSecond),
      table('the same: most zombies at once', '', 'less', ({ stream }) => stream.mostZombies),
      table(`${orphans / 4} orphans at once: reaped`, '/s', 'more', ({ burst }) => burst.perSecond),
    ],
    remarks: scene.isolated ? [] : ['without a pid namespace only subreapers can be compared at reaping'],
  };
};

async function leaveOrphans(scene: Scene, contender: Contender): Promise<Courses> {
  const env = { BENCH_ORPHANS: String(scene.extent.orphans) };
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
