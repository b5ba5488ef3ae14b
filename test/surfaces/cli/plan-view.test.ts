import { describe, expect, it } from 'vitest';

import { renderPlan, wouldReload } from '../../../src/surfaces/cli/plan-view.ts';
import { samplePlan } from '../sample.ts';

const view = { columns: Infinity, isColoured: false, force: false };
const [headline = ''] = renderPlan(samplePlan(), view).split('\n');
const quarantined = samplePlan({ refusal: { why: 'cannot reload unicorn.1: it was refused', needsForce: true } });

describe('a plan', () => {
  it('shows each phase once, with its steps below each other', () => {
    expect(renderPlan(samplePlan(), view)).toBe(
      [
        '✓ unicorn.1 would be reloaded by reexec: 4f2c9e1 → 9bc1d22, generation 4',
        '  preparing   run the prepare hook, within 120s: bin/fetch',
        '              see that /srv/shop and the program of the server are there',
        '  starting    send SIGUSR2 to the old master',
        '',
      ].join('\n'),
    );
  });

  it('breaks its steps where the terminal ends, and sets the rest apart', () => {
    expect(
      renderPlan(samplePlan(), { ...view, columns: 50 })
        .split('\n')
        .slice(1, 6),
    ).toEqual([
      '9bc1d22, generation 4',
      '  preparing   run the prepare hook, within 120s:',
      '                bin/fetch',
      '              see that /srv/shop and the program',
      '                of the server are there',
    ]);
  });

  it('names a phase again that comes back after another', () => {
    const steps = ['preparing', 'trying', 'preparing'].map((phase) => ({ phase, text: 'act', limitMs: null }));
    expect(renderPlan(samplePlan({ steps }), view).match(/preparing/g)).toHaveLength(2);
  });

  it('names each generation once where there is no revision', () => {
    const plan = samplePlan({ from: { generation: 3, revision: null }, to: { generation: 4, revision: null } });
    expect(renderPlan(plan, view)).toMatch(/^✓ unicorn\.1 would be reloaded by reexec: generation 3 → generation 4\n/);
  });

  it('of a start names no generation that would go', () => {
    expect(renderPlan(samplePlan({ from: null }), view)).toMatch(/^✓ unicorn\.1 would be started, generation 4\n/);
  });

  it('is only the answer where nothing can be done', () => {
    const plan = samplePlan({ refusal: { why: 'cannot reload unicorn.1: it is down', needsForce: false } });
    expect(renderPlan(plan, { ...view, force: true })).toBe('✗ unicorn.1 cannot reload unicorn.1: it is down\n');
    expect(wouldReload(plan, true)).toBe(false);
  });

  it('to a revision that was refused would be done with force', () => {
    expect(renderPlan(quarantined, view)).toMatch(/^✗ unicorn\.1 would not be reloaded by reexec.*\n {2}preparing/);
    expect(renderPlan(quarantined, { ...view, force: true }).split('\n')[0]).toBe(headline);
    expect([wouldReload(quarantined, false), wouldReload(quarantined, true)]).toEqual([false, true]);
  });

  it('lets nothing of it steer the terminal', () => {
    const steps = [{ phase: 'preparing', text: 'run a\x1b[2Jb', limitMs: null }];
    expect(renderPlan(samplePlan({ steps }), view)).toMatch(/run ab\n$/);
  });

  it('is coloured where colours are wanted', () => {
    expect(renderPlan(samplePlan(), { ...view, isColoured: true })).toContain('\x1b[36mpreparing ');
  });
});
