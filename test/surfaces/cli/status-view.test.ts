import { describe, expect, it } from 'vitest';

import { renderStatus } from '../../../src/surfaces/cli/status-view.ts';
import { displayWidth } from '../../../src/surfaces/cli/text-table.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { sampleInstance, sampleNow, sampleReload, sampleSnapshot, sampleWorker } from '../sample.ts';

const render = (snapshot: Snapshot, columns = 140): readonly string[] =>
  renderStatus(snapshot, { columns, isColoured: false, now: sampleNow }).split('\n');

const withInstance = (...changes: Parameters<typeof sampleInstance>[0][]): Snapshot =>
  sampleSnapshot({ services: { unicorn: { instances: changes.map((each) => sampleInstance(each)) } } });

/** The words of the line that begins with the name. */
const words = (lines: readonly string[], name: string): readonly string[] =>
  (lines.find((line) => line.startsWith(name)) ?? '').split(/\s{2,}/);

describe('the picture of a status', () => {
  it('begins with who this is', () => {
    const [first, second] = render(sampleSnapshot());
    expect(first).toBe('shopify-unicorn  role unicorn  revision 4f2c9e1');
    expect(second).toBe('borginit 1.2.3, init 1, supervisor 7 up 3h 13m');
  });

  it.each([
    { canary: false, changes: {}, says: '9bc1d22 is followed in 8m 12s, after the canaries' },
    { canary: true, changes: {}, says: '9bc1d22 is followed in 8m 12s, as a canary' },
    { canary: null, changes: {}, says: '9bc1d22 is followed in 8m 12s' },
    {
      canary: null,
      changes: { state: 'queueing', dueAt: null, detail: '2 at once by /l' } as const,
      says: '9bc1d22 is followed when a permit is free, 2 at once by /l',
    },
    {
      canary: null,
      changes: { state: 'blocked', detail: 'no flock\x1b[2J' } as const,
      says: '9bc1d22 is not followed, no permit can be had; tried again in 8m 12s: no flock',
    },
    { canary: null, changes: { state: 'moving', dueAt: null } as const, says: '9bc1d22 is being followed' },
  ])('says why the revision is not followed yet: $says', ({ canary, changes, says }) => {
    const waiting = { state: 'waiting', revision: '9bc1d22', dueAt: '2026-03-01T12:08:12.000Z', detail: '' } as const;
    expect(render(sampleSnapshot({ rollout: { ...waiting, canary, ...changes } }))[2]).toBe(`rollout: ${says}`);
  });

  it('tells how often the supervisor was started again', () => {
    const supervisor = { ...sampleSnapshot().supervisor, restarts: 2 };
    expect(render(sampleSnapshot({ supervisor }))[1]).toContain('restarted 2 times');
  });

  it('has a line for a service, its workers summed', () => {
    expect(words(render(sampleSnapshot()), 'unicorn')).toEqual([
      'unicorn',
      'running',
      'healthy',
      '4f2c9e1',
      '3',
      '1234',
      '3h 12m',
      '12%',
      '256 MiB',
    ]);
  });

  it('has a line for each worker below it', () => {
    const lines = render(sampleSnapshot());
    expect(words(lines, '├─ worker 0')).toContain('idle');
    expect(words(lines, '└─ worker 1')).toEqual(
      expect.arrayContaining(['busy', '1241', '6.2%', '128 MiB', 'unicorn worker[0] -c unicorn.conf.rb']),
    );
  });

  it('numbers the instances where there are several', () => {
    const lines = render(withInstance({ workers: [] }, { instance: 2, workers: [] }));
    expect(words(lines, 'unicorn.1')).toContain('running');
    expect(words(lines, 'unicorn.2')).toContain('running');
  });

  it('leaves empty what is not known', () => {
    const down = { state: 'down', health: 'none', generation: null, revision: null } as const;
    const lines = render(
      withInstance({ ...down, mainPid: null, startedAt: null, cpuPercent: null, rssBytes: null, workers: [] }),
    );
    expect(words(lines, 'unicorn')).toEqual(['unicorn', 'down']);
  });

  it('says below the table why an instance is not running', () => {
    const lines = render(withInstance({ state: 'backoff', detail: 'exited with 3' }));
    expect(lines).toContain('unicorn backoff: exited with 3');
  });

  it.each([
    { since: '2026-03-01T11:59:00Z', says: true },
    { since: new Date(sampleNow - 100).toISOString(), says: false },
  ])('says below the table that its output has been waiting since $since: $says', ({ since, says }) => {
    const lines = render(withInstance({ outputWaitingSince: since }));
    expect(lines.some((line) => line.startsWith('unicorn output: nobody has taken it for '))).toBe(says);
  });

  it('says below the table that the last reload was rolled back', () => {
    const lastReload = sampleReload({ outcome: 'rolled-back', phase: 'proving', why: 'worker 0 answered 500' });
    expect(render(withInstance({ lastReload }))).toContain(
      'unicorn rolled back 4m 55s ago while proving, 4f2c9e1 → 9bc1d22, after 4s: worker 0 answered 500',
    );
  });

  it('does not speak of a reload that went well', () => {
    expect(render(withInstance({ lastReload: sampleReload() })).join('\n')).not.toContain('ago');
  });

  it.each([60, 80, 100, 140])('fits into %d columns', (columns) => {
    const long = { revision: 'a'.repeat(40), restarts: 12, state: 'reloading', health: 'unhealthy' } as const;
    const workers = [sampleWorker({ activity: 'draining', index: 22, pid: 4_194_303 })];
    const table = render(withInstance({ ...long, workers, mainPid: 4_194_303 }), columns).slice(3, -1);
    expect(table.map(displayWidth).filter((width) => width > columns)).toEqual([]);
  });

  it('never lets a title steer the terminal', () => {
    const workers = [sampleWorker({ title: 'evil\x1b[2J\x1b]0;x\x07' })];
    expect(render(withInstance({ workers })).join('\n')).not.toContain('\x1b');
  });
});
