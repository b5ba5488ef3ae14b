import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';

const half = (): number => 0.5;
const standard = { seed: 500_000, minutes: 5, states: 0, orphans: 10_000, clock: false, only: '' };

it.each([
  { args: [], options: {} },
  { args: ['--seed', '7', '--minutes', '0.5'], options: { seed: 7, minutes: 0.5 } },
  { args: ['--states', '20', '--orphans', '100'], options: { states: 20, orphans: 100 } },
  { args: ['--clock', '--only', 'shim'], options: { clock: true, only: 'shim' } },
])('reads $args', ({ args, options }) => {
  expect(parseOptions(args, half)).toEqual({ ...standard, ...options });
});

it.each([
  { args: ['--seed', 'x'], problem: '--seed: expected a whole number, found x' },
  { args: ['--seed', '-1'], problem: /--seed/ },
  { args: ['--states', '1.5'], problem: '--states: expected a whole number, found 1.5' },
  { args: ['--minutes', '0'], problem: '--minutes: expected a number above 0, found 0' },
  { args: ['--hours', '1'], problem: /--hours/ },
])('refuses $args', ({ args, problem }) => {
  expect(() => parseOptions(args, half)).toThrow(problem);
});
