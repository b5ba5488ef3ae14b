import { describe, expect, it } from 'vitest';
import { renderIssue, type ConfigResult } from '../../src/config/issue.ts';
import { configFromObject } from '../../src/config/object-config.ts';

const read = (supervisor?: object): ConfigResult =>
  configFromObject({ services: { web: { command: 'unicorn' } }, ...(supervisor && { supervisor }) }, '/start');

describe('the supervisor’s own part', () => {
  it.each([
    { written: undefined, spec: { watchdogMs: 30_000, orphans: undefined } },
    { written: {}, spec: { watchdogMs: 30_000, orphans: undefined } },
    { written: { orphans: 'keep' }, spec: { watchdogMs: 30_000, orphans: 'keep' } },
    { written: { orphans: 'stop' }, spec: { watchdogMs: 30_000, orphans: 'stop' } },
    { written: { watchdog: '3s' }, spec: { watchdogMs: 3_000, orphans: undefined } },
    { written: { watchdog: 'off' }, spec: { watchdogMs: undefined, orphans: undefined } },
  ])('is read from $written', ({ written, spec }) => {
    const result = read(written);
    expect(result.ok && result.config.supervisor).toEqual(spec);
  });

  it('knows no third way', () => {
    const result = read({ orphans: 'kill' });
    const issues = result.ok ? [] : result.issues.map(renderIssue);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain('supervisor.orphans');
  });
});
