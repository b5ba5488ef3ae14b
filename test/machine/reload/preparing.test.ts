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
const clearing = reloadingIn({ ...reloads.preparing, step: 'clearing', second: newMaster });
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
      to: 'reloading/preparing',
      effects: ['signal 200 SIGQUIT', 'timer look 10025'],
      when: 'somebody else having begun a second generation',
    },
    {
      from: clearing,
      event: looked([...oldProcesses, ...newProcesses]),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'that being on its way out',
    },
    {
      from: clearing,
      event: looked([...oldProcesses, { ...seenMaster(newMaster, oldMaster.pid, ''), state: 'Z' }]),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'the master not knowing yet that it has gone',
    },
    {
      from: clearing,
      event: looked(oldProcesses),
      to: 'reloading/preparing',
      effects: ['timer look 10025'],
      when: 'that having gone: one more look, for there may be a third',
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

  it('says what it waited for when the deadline comes', () => {
    const deadline = { kind: 'timer-fired', generation: generation(2), timer: 'deadline' } as const;
    const whyIn = (from: typeof hook) => take({ from, event: deadline }).instance.ledger.lastReload?.why;
    expect(whyIn(preparing)).toBe('the master was not ready to be signalled in time');
    expect(whyIn(clearing)).toBe('a second master, which somebody else had begun, did not go in time');
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
