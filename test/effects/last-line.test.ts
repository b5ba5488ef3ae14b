import { expect, it } from 'vitest';
import { createLastLine } from '../../src/effects/last-line.ts';

const [stdout, stderr] = [{}, {}];

const lastOf = (...chunks: readonly string[]): string => {
  const lastLine = createLastLine();
  for (const chunk of chunks) lastLine.add(stdout, Buffer.from(chunk));
  return lastLine.read();
};

it.each([
  { chunks: [], last: '' },
  { chunks: ['one\ntwo\n'], last: 'two' },
  { chunks: ['one\n', 'tw', 'o'], last: 'two' },
  { chunks: ['one\n \n\t\n\n'], last: 'one' },
  { chunks: ['10%\r20%\r\n'], last: '20%' },
  { chunks: ['\u001b[31mred\u001b[0m alert\u0007\n'], last: 'red alert' },
  { chunks: ['a\u0000b\u202Ec\n'], last: 'a b c' },
  { chunks: ['gr\u00fc\u00dfe\n'], last: 'gr\u00fc\u00dfe' },
])('reads $last from $chunks', ({ chunks, last }) => {
  expect(lastOf(...chunks)).toBe(last);
});

it('bounds a line that never ends', () => {
  const line = lastOf(...Array.from({ length: 100 }, () => 'x'.repeat(10_000)));
  expect(line).toBe('x'.repeat(500));
});

it('keeps the end of a chunk that is longer than what it keeps', () => {
  expect(lastOf(`${'x'.repeat(100_000)}\nthe end\n`)).toBe('the end');
});

it('does not let one stream continue the line of another', () => {
  const lastLine = createLastLine();
  lastLine.add(stdout, Buffer.from('checking … '));
  lastLine.add(stderr, Buffer.from('no such template'));
  expect(lastLine.read()).toBe('no such template');
});
