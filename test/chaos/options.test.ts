import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';

const half = (): number => 0.5;

it.each([
  { args: [], options: { seed: 500_000, minutes: 5 } },
  { args: ['--seed', '7', '--minutes', '0.5'], options: { seed: 7, minutes: 0.5 } },
])('reads $args', ({ args, options }) => {
  expect(parseOptions(args, half)).toEqual(options);
});

it.each([
  { args: ['--seed', 'x'], problem: '--seed: expected a whole number, found x' },
  { args: ['--seed', '-1'], problem: /--seed/ },
  { args: ['--minutes', '0'], problem: '--minutes: expected a number above 0, found 0' },
  { args: ['--hours', '1'], problem: /--hours/ },
])('refuses $args', ({ args, problem }) => {
  expect(() => parseOptions(args, half)).toThrow(problem);
});
