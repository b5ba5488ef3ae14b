import { describe, expect, it } from 'vitest';
import { generation, newMaster, newProcesses, oldProcesses, ref, reloadingIn, reloads } from '../sample.ts';
import { itSteps, take } from '../table.ts';

const starting = reloadingIn(reloads.starting);
const uncertain = reloadingIn({ ...reloads.starting, signal: 'uncertain' });
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const unseen = [...oldProcesses, ...newProcesses].map((process) => ({ ...process, image: '' }));

describe('a reload whose new master is awaited', () => {
  itSteps([
    {
      from: starting,
      event: looked([...oldProcesses, ...newProcesses]),
      to: 'reloading/proving',
      effects: ['timer deadline 16000', 'watch 200', 'timer step 11000', 'look'],
    },
    { from: starting, event: looked(oldProcesses), to: 'reloading/starting', effects: ['timer look 10025'] },
    { from: starting, event: timer, to: 'running', effects: ['timer health 12000', 'timer look 11000'] },
    {
      from: uncertain,
      event: timer,
      to: 'reloading/preparing',
      effects: ['timer deadline 16000', 'prepare within 6000'],
    },
    { from: starting, event: { ...timer, timer: 'look' }, to: 'reloading/starting', effects: ['look'] },
    { from: starting, event: { ...timer, timer: 'deadline' }, to: 'reloading/starting', effects: [] },
  ]);

  it('is certain of what it cannot see by its image only at the second look', () => {
    const first = take({ from: starting, event: looked(unseen) }).instance.life;
    expect(first).toMatchObject({ reload: { phase: 'starting', suspects: [newMaster] } });
    const second = take({ from: first, event: looked(unseen) }).instance.life;
    expect(second).toMatchObject({ reload: { phase: 'proving', fresh: { master: newMaster } } });
  });

  it('takes no process for the new master that was there before', () => {
    const known = reloadingIn({ ...reloads.starting, strangers: [newMaster, ref(150)] });
    const { life } = take({ from: known, event: looked([...oldProcesses, ...newProcesses]) }).instance;
    expect(life).toMatchObject({ reload: { phase: 'starting' } });
  });

  it('says that there was none', () => {
    expect(take({ from: starting, event: timer }).instance.ledger.lastReload).toMatchObject({
      ...{ outcome: 'rolled-back', phase: 'starting' },
      why: 'no new master appeared, or it ended at once: its own log says why',
    });
  });
});
