import { describe, expect, it } from 'vitest';
import {
  generation,
  newMaster,
  newProcesses,
  oldMaster,
  oldProcesses,
  ref,
  reloadingIn,
  reloads,
  seenMaster,
  shim,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const preparing = reloadingIn(reloads.preparing);
const hook = reloadingIn({ ...reloads.preparing, step: 'hook' });
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const prepared = (code: number, lastLine = '', missing = '') =>
  ({ kind: 'prepared', generation: generation(2), outcome: { kind: 'exited', code }, lastLine, missing }) as const;
const coldMaster = { ...seenMaster(oldMaster, shim.pid, 'old'), title: 'ruby unicorn -c app.rb' };
const helper = { ...seenMaster(ref(150), oldMaster.pid, 'helper'), title: 'log shipper', catches: [] };

describe('a reload that is prepared', () => {
  itSteps([
    { from: hook, event: prepared(0), to: 'reloading/preparing', effects: ['look'] },
    { from: hook, event: prepared(1), to: 'running', effects: ['timer health 12000'] },
    {
      from: preparing,
      event: looked(oldProcesses),
      to: 'reloading/starting',
      effects: ['signal 100 SIGUSR2', 'timer step 12000', 'look'],
    },
    {
      from: preparing,
      event: looked([coldMaster]),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'too early to be signalled',
    },
    { from: preparing, event: looked([]), to: 'reloading/preparing', effects: ['timer look 10025'] },
    {
      from: hook,
      event: looked(oldProcesses),
      to: 'reloading/preparing',
      effects: [],
      when: 'while the hook still runs',
    },
    {
      from: preparing,
      event: looked([...oldProcesses, ...newProcesses]),
      to: 'reloading/proving',
      effects: ['timer deadline 16000', 'watch 200', 'timer step 11000', 'look'],
      when: 'somebody else having signalled it already',
    },
    {
      from: preparing,
      event: { kind: 'timer-fired', generation: generation(2), timer: 'deadline' },
      to: 'running',
      effects: ['timer health 12000'],
    },
    {
      from: preparing,
      event: { kind: 'timer-fired', generation: generation(2), timer: 'look' },
      to: 'reloading/preparing',
      effects: ['look'],
    },
    { from: preparing, event: { kind: 'process-gone', process: newMaster }, to: 'reloading/preparing', effects: [] },
  ]);

  it('counts the workers, and knows who was there before and is none', () => {
    const { life } = take({ from: preparing, event: looked([...oldProcesses, helper]) }).instance;
    expect(life).toMatchObject({ reload: { expected: 2, strangers: [ref(150)], suspects: [], signal: 'sent' } });
  });

  it('is refused where a new master would not find its program, which could take the old one down', () => {
    const missing = 'its program /srv/venv/bin/python is not there';
    const { ledger, life } = take({ from: hook, event: prepared(0, '', missing) }).instance;
    expect(life.kind).toBe('running');
    expect(ledger.lastReload).toMatchObject({ outcome: 'rolled-back', why: `no new master could start: ${missing}` });
  });

  it("is refused with the hook's last line", () => {
    const { ledger } = take({
      from: hook,
      event: prepared(3, 'no database', 'its working directory /srv/app is not there'),
    }).instance;
    expect(ledger.lastReload).toMatchObject({
      ...{ outcome: 'rolled-back', phase: 'preparing', why: 'the prepare hook exited with 3: no database' },
    });
    expect(ledger.refused).toBe('r2');
  });
});
