import { describe, expect, it } from 'vitest';

import type { Transition } from '../../../src/model/operation.ts';
import { logSupervisor } from '../../../src/surfaces/log/log-subscriber.ts';
import type { Logger } from '../../../src/surfaces/log/logger.ts';
import { fakeEvents, sampleReload } from '../sample.ts';

function subscribed() {
  const events = fakeEvents();
  const records: { level: string; facts: object; message: string }[] = [];
  const at = (level: string) => (facts: object, message: string) => void records.push({ level, facts, message });
  const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'];
  const log = Object.fromEntries(levels.map((level) => [level, at(level)])) as unknown as Logger;
  return { ...events, records, unsubscribe: logSupervisor(events, log) };
}

const transition = (changes: Partial<Transition>): Transition => ({
  service: 'web',
  instance: 1,
  from: 'starting',
  to: 'running',
  event: 'looked',
  generation: 1,
  revision: null,
  detail: '',
  ...changes,
});

describe('the log', () => {
  it.each([
    { to: 'running', level: 'info' },
    { to: 'reloading/proving', level: 'info' },
    { to: 'reloading/rolling-back', level: 'warn' },
    { to: 'backoff', level: 'warn' },
    { to: 'failed', level: 'error' },
  ])('of a transition to $to is of level $level', ({ to, level }) => {
    const { tell, records } = subscribed();
    tell('transition', transition({ to }));
    expect(records).toEqual([{ level, facts: transition({ to }), message: 'transition' }]);
  });

  it.each([
    { outcome: 'reloaded', level: 'info' },
    { outcome: 'rolled-back', level: 'warn' },
    { outcome: 'failed', level: 'error' },
  ] as const)('of a reload that was $outcome is of level $level', ({ outcome, level }) => {
    const { tell, records } = subscribed();
    tell('reload', sampleReload({ outcome }));
    expect(records).toEqual([{ level, facts: sampleReload({ outcome }), message: 'reload ended' }]);
  });

  it('has notices as they are', () => {
    const { tell, records } = subscribed();
    tell('notice', { level: 'warn', message: 'revision unreadable', facts: { file: '/r' } });
    expect(records).toEqual([{ level: 'warn', facts: { file: '/r' }, message: 'revision unreadable' }]);
  });

  it('says with which status borginit leaves', () => {
    const { tell, records } = subscribed();
    tell('left', { status: 3 });
    expect(records).toEqual([{ level: 'info', facts: { status: 3 }, message: 'leaving' }]);
  });

  it('hears nothing more once it has unsubscribed', () => {
    const { unsubscribe, listeners } = subscribed();
    unsubscribe();
    expect(listeners).toEqual([]);
  });
});
