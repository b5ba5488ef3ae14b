import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderIssue, type ConfigResult } from '../../src/config/issue.ts';
import { configFromObject } from '../../src/config/object-config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';

const linesOf = (result: ConfigResult): string[] => (result.ok ? result.warnings : result.issues).map(renderIssue);

describe('configFromObject', () => {
  it('reads what the file would say', () => {
    const value = { services: { web: { command: ['web'], stop: { timeout: '5s' } } } };
    expect(configFromObject(value, '/start')).toEqual(parseConfig(JSON.stringify(value), 'f', '/start'));
  });

  it('names no file and no place', () => {
    expect(linesOf(configFromObject({ services: { web: {} } }, '/'))).toEqual(['services.web.command: missing']);
    expect(linesOf(configFromObject(undefined, '/'))).toEqual(['it is empty: expected at least one service']);
  });

  it('gives a result for any value that is nearly a configuration', () => {
    const keys = fc.constantFrom(
      'name',
      'revision',
      'services',
      'web',
      'command',
      'health',
      'http',
      'tcp',
      'reload',
      'stop',
      'dependsOn',
      'restart',
      'backoff',
      'min',
      'constructor',
    );
    const { value: values } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('x', '10s', 'unicorn', 'reexec', 'revision', 7, true, null, undefined, NaN),
        fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
        fc.array(tie('value'), { maxLength: 2 }),
      ),
    }));
    const services = fc.record({
      services: fc.dictionary(
        fc.constantFrom('a', 'b', 'B'),
        fc.record(
          { command: values, reload: values, health: values, dependsOn: values, stop: values, restart: values },
          { requiredKeys: [] },
        ),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(values, services), (value) => {
        const result = configFromObject(value, '/');
        return result.ok ? result.config.services.length > 0 : result.issues.length > 0;
      }),
      { numRuns: 500 },
    );
  });
});
