import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { bareNode, borginit, shimAlone, type Contender } from './contenders.ts';
import { launch, type Member } from './launch.ts';
import { interleave } from './rounds.ts';
import type { Part, Scene } from './scene.ts';
import type { Table } from './table.ts';

interface Use extends Member {
  readonly residentMiB: number;
  readonly privateMiB: number;
}

const betweenReadingsMs = 500;
/** A process may be growing for ever; then the last reading counts. */
const mostReadings = 20;

/** What each holds at rest. */
export const measureMemory: Part = async (scene: Scene) => {
  const contenders = [bareNode, shimAlone, borginit, ...scene.neighbours];
  scene.progress(`reading the memory of each of ${contenders.length} at rest, ${scene.extent.memoryRounds} times`);
  const uses = await interleave(contenders, scene.extent.memoryRounds, async (contender) => {
    await using launched = await launch(scene, contender, scene.fixtures.stamp);
    return await settle(() => launched.members().map(readUse));
  });
  const table = (name: string, size: (use: Use) => number): Table => ({
    name,
    unit: 'MiB',
    better: 'less',
    rows: contenders.map((contender) => row(contender, uses.get(contender) ?? [], size)),
    references: ['borginit', 'ppidshim'],
  });
  return {
    tables: [
      table('private memory at rest', (use) => use.privateMiB),
      table('resident memory at rest', (use) => use.residentMiB),
    ],
    remarks: [],
  };
};

/** Two equal readings in a row. */
async function settle(read: () => readonly Use[]): Promise<readonly Use[]> {
  let last = read();
  for (let count = 1; count < mostReadings; count += 1) {
    await delay(betweenReadingsMs);
    const next = read();
    if (JSON.stringify(next) === JSON.stringify(last)) break;
    last = next;
  }
  return last;
}

function readUse(member: Member): Use {
  const text = readFileSync(`/proc/${member.pid}/smaps_rollup`, 'latin1');
  const miB = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1_024;
  return { ...member, residentMiB: miB('Rss'), privateMiB: miB('Private_Clean') + miB('Private_Dirty') };
}

function row({ name }: Contender, rounds: readonly (readonly Use[])[], size: (use: Use) => number): Table['rows'][0] {
  const values = rounds.map((uses) => uses.reduce((sum, use) => sum + size(use), 0));
  const note = (rounds.at(-1) ?? []).map((use) => `${use.role} ${size(use).toFixed(2)}`).join(' + ');
  return { name, values, note };
}
