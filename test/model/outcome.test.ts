import { expect, it } from 'vitest';
import { describeOutcome, exitStatus, type ExitOutcome } from '../../src/model/outcome.ts';

it.each<{ outcome: ExitOutcome; status: number; words: string }>([
  { outcome: { kind: 'exited', code: 0 }, status: 0, words: 'exited with 0' },
  { outcome: { kind: 'exited', code: 255 }, status: 255, words: 'exited with 255' },
  { outcome: { kind: 'signaled', signal: 'SIGSEGV' }, status: 139, words: 'was killed by SIGSEGV' },
  { outcome: { kind: 'unspawnable', errno: 'ENOENT' }, status: 127, words: 'could not be started (ENOENT)' },
  { outcome: { kind: 'unspawnable', errno: 'EACCES' }, status: 126, words: 'could not be started (EACCES)' },
  { outcome: { kind: 'unknown' }, status: 1, words: 'ended unseen' },
])('$words has status $status', ({ outcome, status, words }) => {
  expect(exitStatus(outcome)).toBe(status);
  expect(describeOutcome(outcome)).toBe(words);
});
