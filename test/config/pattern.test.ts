import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from '../../src/config/pattern.ts';
import type { Profile } from '../../src/model/profile.ts';
import { profiles } from '../../src/servers/profiles.ts';

const problemOf = (source: string): string | undefined => {
  const result = parsePattern(source);
  return result.ok ? undefined : result.problem;
};

describe('parsePattern', () => {
  it.each([
    ['(', 'unterminated group'],
    ['a: (b', 'unterminated group'],
    ['a**', 'nothing to repeat'],
    ['[z-a]', 'range out of order in character class'],
    ['x{2,1}', 'numbers out of order in {} quantifier'],
    ['\\', '\\ at end of pattern'],
  ])('says what the engine has against %j: %s', (source, reason) => {
    expect(problemOf(source)).toBe(`expected a regular expression: ${reason}`);
  });

  it.each([
    '(a+)+$',
    '(?:a*b?)*',
    '(?<n>\\w+\\s*){2,}',
    '((?:a)+)*',
    '(?:a|a)*',
    '(x(a|b))+',
    '(?:[)]a?){30}',
    '(?i:a+)+?',
  ])('refuses %s, which could be tested for ever', (source) => {
    expect(problemOf(source)).toContain('a group that is repeated may hold neither a repetition nor a choice');
  });

  it.each([
    '^a+b*$',
    '(?:a+)?',
    '(?:ab)+',
    '(?:a|b)',
    '(?:a|b){1}',
    '[(a+)+]+',
    '\\(a+\\)+',
    '(?=a+)b',
    '(?<index>\\d+)\\]',
  ])('takes %s', (source) => {
    expect(parsePattern(source)).toEqual({ ok: true, pattern: new RegExp(source) });
  });

  it('refuses more repetitions than can be tried in a moment', () => {
    expect(problemOf('.*.*.*.*x')).toMatch(/^expected at most 3 repetitions without limit/);
    expect(problemOf(`${'a?'.repeat(9)}b`)).toMatch(/^expected at most 3 repetitions without limit, and 8 of/);
  });

  it('takes what the built-in servers are recognised by', () => {
    const all: readonly Profile[] = Object.values(profiles);
    const patterns = all.flatMap(({ command, roles }) => [command, roles?.workerTitle, roles?.helperTitle]);
    expect(patterns.map((pattern) => pattern && problemOf(pattern.source)).filter((problem) => problem)).toEqual([]);
  });

  it('gives a pattern or one short line for any text', () => {
    const soup = fc
      .array(fc.constantFrom(...'()[]{}|*+?\\^$.:<=!,1ab\n'.split(''), '(?<', '(?:'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(soup, (source) => {
        const problem = problemOf(source);
        return problem === undefined || (problem.length < 150 && !problem.includes('\n'));
      }),
      { numRuns: 2_000 },
    );
  });
});
