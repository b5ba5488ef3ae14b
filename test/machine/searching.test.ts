import { describe, expect, it } from 'vitest';
import { generation, lives, newMaster, r1, seenMaster, shim } from './sample.ts';
import { itSteps, take } from './table.ts';

const { searching } = lives;
const looked = (processes: Parameters<typeof seenMaster>[]) =>
  ({
    kind: 'looked',
    generation: generation(1),
    processes: processes.map((process) => seenMaster(...process)),
  }) as const;

describe('an instance whose main process has ended', () => {
  itSteps([
    {
      from: searching,
      event: looked([[newMaster, shim.pid, 'new']]),
      to: 'searching',
      effects: ['name-heir 200', 'timer look 10025'],
      when: 'a master that hangs from the shim',
    },
    { from: searching, event: looked([]), to: 'searching', effects: ['timer look 10025'] },
    {
      from: searching,
      event: { kind: 'main-succeeded', process: newMaster },
      to: 'running',
      effects: ['timer health 10500'],
    },
    { from: searching, event: { kind: 'emptied' }, to: 'backoff', effects: ['end-shim', 'timer backoff 10050'] },
    {
      from: searching,
      event: { kind: 'timer-fired', generation: generation(1), timer: 'step' },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
    },
    {
      from: searching,
      event: { kind: 'timer-fired', generation: generation(1), timer: 'look' },
      to: 'searching',
      effects: ['look'],
    },
    {
      from: searching,
      event: { kind: 'stop', how: 'graceful' },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
    },
    {
      from: searching,
      event: { kind: 'restart' },
      to: 'clearing',
      effects: ['signal all SIGTERM', 'timer stop 12000'],
    },
    { from: searching, event: { kind: 'shim-lost', left: [] }, to: 'backoff', effects: ['timer backoff 10050'] },
  ]);

  it('counts a successor that nobody asked for as the next generation', () => {
    const { instance } = take({ from: searching, event: { kind: 'main-succeeded', process: newMaster } });
    expect(instance.life).toMatchObject({ serving: { number: 2, revision: r1, main: newMaster } });
    expect(instance.ledger.newest).toBe(2);
  });

  it('rests after a stop and starts again after a restart', () => {
    const stop = take({ from: searching, event: { kind: 'stop', how: 'quick' } });
    expect(stop.instance.life).toMatchObject({ then: 'rest' });
    const restart = take({ from: searching, event: { kind: 'restart' } });
    expect(restart.instance.life).toMatchObject({ then: 'restart' });
  });
});
