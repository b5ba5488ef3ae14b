import { expect, it } from 'vitest';
import { hasWord } from '../../src/effects/word.ts';

it.each([
  'r2',
  'revision r2',
  'r2, worker 7',
  '{"revision":"r2"}',
  '<b>r2</b>',
  'It runs r2.',
  'r1 -> r2 - since today',
  '/srv/releases/r2/app',
  'not r21, but r2',
  'r2r2 r2',
  '🚀r2🚀',
])('finds r2 in %j', (text) => {
  expect(hasWord(text, 'r2')).toBe(true);
});

it.each(['', 'r', 'r1', 'r21', 'xr2', 'r2_', 'r2.1', '1.r2', 'r2-rc1', 'pre-r2', 'r2+b7', 'är2', 'r2ä', '𝒳r2', 'R2'])(
  'does not find r2 in %j',
  (text) => {
    expect(hasWord(text, 'r2')).toBe(false);
  },
);

it('takes a word as it is written, whatever it begins and ends with', () => {
  expect(hasWord('runs (v1.2.*)', '(v1.2.*)')).toBe(true);
  expect(hasWord('runs v1x2', 'v1.2')).toBe(false);
});
