import { bareNode, borginit, borginitFromNode, shimAlone } from './contenders.ts';
import { launch } from './launch.ts';
import { interleave } from './rounds.ts';
import type { Part, Scene } from './scene.ts';

/** How long a service waits for its first instruction. */
export const measureStart: Part = async (scene: Scene) => {
  const contenders = [bareNode, shimAlone, borginit, borginitFromNode, ...scene.neighbours];
  const { stamp } = scene.fixtures;
  const begin = async (contender: (typeof contenders)[number]): Promise<number> => {
    await using launched = await launch(scene, contender, stamp);
    return launched.startMs;
  };
  scene.progress(`starting each of ${contenders.length} ${scene.extent.startRounds} times`);
  // The first of each pays for reading files that the page cache holds from then on.
  await interleave(contenders, 1, begin);
  const values = await interleave(contenders, scene.extent.startRounds, begin);
  const rows = contenders.map((contender) => ({ name: contender.name, values: values.get(contender) ?? [] }));
  return {
    tables: [{ name: 'start-to-exec', unit: 'ms', better: 'less', rows, references: ['borginit', 'ppidshim'] }],
    remarks: [],
  };
};
