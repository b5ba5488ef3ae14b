import { describe, expect, it } from 'vitest';

import { createLogger, logLevel, type LogLevel } from '../../../src/surfaces/log/logger.ts';

function logged(level: LogLevel) {
  const lines: string[] = [];
  const log = createLogger(level, { write: (line) => void lines.push(line) });
  return { log, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
}

describe('a record', () => {
  it('is one line of JSON: level, time, facts, message', () => {
    const { log, records, lines } = logged('info');
    log.warn({ service: 'web', pid: 7, why: 'a\nb' }, 'transition');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(records()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        service: 'web',
        pid: 7,
        why: 'a\nb',
        msg: 'transition',
      },
    ]);
  });

  it.each([
    { level: 'debug', messages: ['d', 'i', 'e'] },
    { level: 'info', messages: ['i', 'e'] },
    { level: 'error', messages: ['e'] },
    { level: 'silent', messages: [] },
  ] as const)('is written from $level upwards', ({ level, messages }) => {
    const { log, records } = logged(level);
    log.debug({}, 'd');
    log.info({}, 'i');
    log.error({}, 'e');
    expect(records().map(({ msg }) => msg)).toEqual(messages);
  });
});

describe('the level', () => {
  it.each([
    ['debug', 'debug'],
    ['silent', 'silent'],
    ['loud', 'info'],
    ['', 'info'],
    [undefined, 'info'],
  ])('%s means %s', (word, level) => {
    expect(logLevel({ BORGINIT_LOG: word })).toBe(level);
  });
});
