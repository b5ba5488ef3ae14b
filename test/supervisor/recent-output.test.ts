import { expect, it } from 'vitest';
import { RecentOutput } from '../../src/supervisor/recent-output.ts';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

it('keeps the last lines, with when they came', () => {
  const recent = new RecentOutput();
  expect(recent.lines).toEqual([]);
  recent.add(['a', 'b'], 1);
  recent.add(['c'], 2);
  expect(recent.lines).toEqual([
    { at: 1, text: 'a' },
    { at: 1, text: 'b' },
    { at: 2, text: 'c' },
  ]);
});

it('keeps what a trace is about, and not where that was, whatever language it is in', () => {
  const recent = new RecentOutput();
  recent.add(
    ["config.ru:3: in 'load': no database (RuntimeError)", ...numbers(1, 50).map((n) => `\tfrom app.rb:${n}`)],
    1,
  );
  recent.add(['Traceback (most recent call last):', '  File "app.py", line 3', 'RuntimeError: no database', ''], 2);
  recent.add(["/usr/lib/ruby/http_server.rb:294:in `join'", "/usr/bin/unicorn:128:in `<main>'"], 3);
  expect(recent.lines.map(({ text }) => text)).toEqual([
    "config.ru:3: in 'load': no database (RuntimeError)",
    'Traceback (most recent call last):',
    'RuntimeError: no database',
  ]);
});

it('keeps so many, and so much of each', () => {
  const recent = new RecentOutput();
  recent.add(numbers(1, 15), 1);
  recent.add(numbers(16, 25), 2);
  expect(recent.lines.map(({ text }) => text)).toEqual(numbers(6, 25));
  recent.add(numbers(1, 1_000), 3);
  expect(recent.lines.map(({ text }) => text)).toEqual(numbers(981, 1_000));
  recent.add(['x'.repeat(100_000)], 4);
  expect(recent.lines.at(-1)?.text).toHaveLength(500);
});
