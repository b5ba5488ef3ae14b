import { setTimeout as delay } from 'node:timers/promises';

import { bareNode, borginit, shimAlone } from './contenders.ts';
import { launch, type Launched } from './launch.ts';
import type { Part, Scene } from './scene.ts';
import { countSwitches } from './switches.ts';

/** How often each is woken when there is nothing to do. All at once: who sleeps is in nobody's way. */
export const measureIdle: Part = async (scene: Scene) => {
  const contenders = [bareNode, shimAlone, borginit, ...scene.neighbours];
  const { idleRounds, settleSeconds, restSeconds } = scene.extent;
  scene.progress(`watching ${contenders.length} do nothing for ${restSeconds} s, ${idleRounds} times`);
  await using scope = new AsyncDisposableStack();
  const launched = new Map<string, Launched>();
  for (const contender of contenders) {
    launched.set(contender.name, scope.use(await launch(scene, contender, scene.fixtures.stamp)));
  }
  await delay(settleSeconds * 1_000);
  const rows = [...launched].map(([name, at]) => ({ name, at, values: [] as number[], note: '' }));
  for (let round = 0; round < idleRounds; round += 1) {
    const before = rows.map(({ at }) => switchesOf(at));
    await delay(restSeconds * 1_000);
    for (const [index, row] of rows.entries()) {
      const perSecond = switchesOf(row.at).map(({ role, count }, place) => ({
        role,
        rate: (count - (before[index]?.[place]?.count ?? 0)) / restSeconds,
      }));
      row.values.push(perSecond.reduce((sum, { rate }) => sum + rate, 0));
      row.note = perSecond.map(({ role, rate }) => `${role} ${rate.toFixed(1)}`).join(' + ');
    }
  }
  const plain = rows.map(({ name, values, note }) => ({ name, values, note }));
  return {
    tables: [{ name: 'context switches at rest', unit: '/s', better: 'less', rows: plain, references: [] }],
    remarks: [],
  };
};

/** Voluntary and not, of all threads, since each process began. */
const switchesOf = (launched: Launched): readonly { readonly role: string; readonly count: number }[] =>
  launched.members().map(({ pid, role }) => ({ role, count: countSwitches(pid) }));
