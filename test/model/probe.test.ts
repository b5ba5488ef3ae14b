import { expect, it } from 'vitest';
import { whileHeld, type Verdict } from '../../src/model/probe.ts';

const passed: Verdict = { kind: 'passed' };
const refused: Verdict = { kind: 'refused', problem: 'answered 500' };
const silent: Verdict = { kind: 'silent', problem: 'no answer within 250 ms' };

it.each([
  { verdict: passed, afterMs: 349.9, is: 'passed' },
  { verdict: refused, afterMs: 349.9, is: 'refused' },
  { verdict: passed, afterMs: 350, is: 'silent' },
  { verdict: refused, afterMs: 350, is: 'silent' },
  { verdict: silent, afterMs: 10, is: 'silent' },
  { verdict: silent, afterMs: 400, is: 'silent' },
] as const)('$verdict.kind after $afterMs of 350 ms is $is', ({ verdict, afterMs, is }) => {
  expect(whileHeld(verdict, afterMs, 350).kind).toBe(is);
});

it('says of an answer that came too late why it counts for nothing, and of a silence what it was', () => {
  expect(whileHeld(passed, 400, 350)).toMatchObject({ problem: expect.stringMatching(/another generation/) as string });
  expect(whileHeld(silent, 400, 350)).toBe(silent);
});
