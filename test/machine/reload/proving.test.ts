import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/model/probe.ts';
import {
  fresh,
  generation,
  newMaster,
  newProcesses,
  oldProcesses,
  passed,
  ref,
  refused,
  reloadingIn,
  reloads,
  silent,
} from '../sample.ts';
import { itSteps, take } from '../table.ts';

const booting = reloadingIn(reloads.proving);
const asking = reloadingIn({ ...reloads.proving, step: 'asking' });
const pausing = reloadingIn({ ...reloads.proving, step: 'pausing' });
const looked = (processes: typeof oldProcesses) => ({ kind: 'looked', generation: generation(2), processes }) as const;
const everybody = [...oldProcesses, ...newProcesses];
const half = everybody.slice(0, -1);
const probed = (verdict: Verdict, purpose: 'proof' | 'health' = 'proof') =>
  ({ kind: 'probed', generation: generation(2), purpose, verdict }) as const;
const timer = { kind: 'timer-fired', generation: generation(2), timer: 'step' } as const;
const soak = ['watch 200', 'timer step 10500', 'look'];
const never = { ...fresh, wasReady: false };
const quit = ['watch 200', 'signal 200 SIGQUIT', 'timer step 15000', 'look'];
const cutOff = ['watch 200', 'signal 200 SIGSTOP', 'signal 200 SIGKILL', 'timer step 15000', 'look'];

describe('a new generation that must prove itself', () => {
  itSteps([
    { from: booting, event: looked(half), to: 'reloading/proving', effects: ['timer look 10025'], when: 'incomplete' },
    {
      from: booting,
      event: looked(everybody),
      to: 'reloading/proving',
      effects: ['probe proof ×2, 2 frozen', 'timer look 10025'],
      when: 'complete',
    },
    {
      from: booting,
      event: looked(everybody),
      to: 'reloading/soaking',
      effects: soak,
      spec: { health: undefined },
      when: 'where there is no health check',
    },
    { from: asking, event: looked(everybody), to: 'reloading/proving', effects: ['timer look 10025'] },
    { from: asking, event: probed(passed), to: 'reloading/soaking', effects: soak },
    { from: asking, event: probed(passed, 'health'), to: 'reloading/proving', effects: [], when: 'of another purpose' },
    { from: booting, event: probed(passed), to: 'reloading/proving', effects: [], when: 'unasked' },
    { from: asking, event: probed(refused), to: 'reloading/rolling-back', effects: cutOff },
    { from: asking, event: probed(silent), to: 'reloading/proving', effects: ['timer step 11000'] },
    { from: pausing, event: timer, to: 'reloading/proving', effects: [] },
    { from: booting, event: { ...timer, timer: 'look' }, to: 'reloading/proving', effects: ['look'] },
    { from: booting, event: { ...timer, timer: 'deadline' }, to: 'reloading/rolling-back', effects: quit },
    {
      from: reloadingIn({ ...reloads.proving, fresh: never }),
      event: { kind: 'process-gone', process: newMaster },
      to: 'reloading/rolling-back',
      effects: cutOff,
    },
    { from: booting, event: { kind: 'process-gone', process: ref(999) }, to: 'reloading/proving', effects: [] },
    {
      from: reloadingIn({ ...reloads.proving, fresh: never }),
      event: { ...timer, timer: 'deadline' },
      to: 'reloading/rolling-back',
      effects: cutOff,
      when: 'none of its workers having been ready',
    },
  ]);

  it('is condemned when three of its workers have ended', () => {
    const workers = [ref(203), ref(204), ref(205)];
    const one = reloadingIn({ ...reloads.proving, fresh: { ...fresh, workers: workers.slice(0, 1), deaths: 1 } });
    expect(take({ from: one, event: looked(everybody) }).instance.life).toMatchObject({
      reload: { phase: 'proving', fresh: { deaths: 2 } },
    });
    const three = reloadingIn({ ...reloads.proving, fresh: { ...fresh, workers } });
    expect(take({ from: three, event: looked(everybody) }).instance.life).toMatchObject({
      reload: { phase: 'rolling-back', why: '3 workers of the new generation have ended' },
    });
  });

  it('freezes the old workers and nobody else', () => {
    const probe = take({ from: booting, event: looked(everybody) }).effects[0];
    expect(probe).toMatchObject({ kind: 'probe', frozen: [ref(101), ref(102)], timeoutMs: 250 });
  });

  it('that was silent pauses, goes on booting, and is asked again', () => {
    const paused = take({ from: asking, event: probed(silent) }).instance.life;
    expect(paused).toMatchObject({ reload: { step: 'pausing', wanting: 'it was silent: no answer within 250 ms' } });
    const resumed = take({ from: paused, event: timer }).instance.life;
    expect(take({ from: resumed, event: looked(everybody) }).effects[0]).toMatchObject({ kind: 'probe' });
  });

  it('goes on booting after a pause', () => {
    expect(take({ from: pausing, event: timer }).instance.life).toMatchObject({ reload: { step: 'booting' } });
  });
});
