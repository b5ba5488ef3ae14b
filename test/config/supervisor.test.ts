import { describe, expect, it } from 'vitest';
import { renderIssue, type ConfigResult } from '../../src/config/issue.ts';
import { configFromObject } from '../../src/config/object-config.ts';

const read = (supervisor?: object): ConfigResult =>
  configFromObject({ services: { web: { command: 'unicorn' } }, ...(supervisor && { supervisor }) }, '/start');

describe('the supervisor’s own part', () => {
  it.each([
    { written: undefined, orphans: undefined },
    { written: {}, orphans: undefined },
    { written: { orphans: 'keep' }, orphans: 'keep' },
    { written: { orphans: 'stop' }, orphans: 'stop' },
  ])('says what becomes of services whose supervisor has died: $orphans', ({ written, orphans }) => {
    const result = read(written);
    expect(result.ok && result.config.supervisor).toEqual({ orphans });
  });

  it('knows no third way', () => {
    const result = read({ orphans: 'kill' });
    const issues = result.ok ? [] : result.issues.map(renderIssue);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain('supervisor.orphans');
  });
});
