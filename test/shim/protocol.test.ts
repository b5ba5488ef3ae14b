import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatShimRequest, parseShimLine, shimLineMaxBytes, type ShimRequest } from '../../src/shim/protocol.ts';

interface Vectors {
  readonly said: readonly { readonly line: string; readonly means: object }[];
  readonly neverSaid: readonly string[];
  readonly asked: readonly { readonly request: ShimRequest; readonly lines: readonly string[] }[];
}

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/shim-lines.json'), 'utf8')) as Vectors;

describe('a line of the shim', () => {
  it.each(vectors.said)('"$line" is understood', ({ line, means }) => {
    expect(parseShimLine(line)).toEqual(means);
  });

  it.each(vectors.neverSaid)('"%s" is not one', (line) => {
    expect(parseShimLine(line)).toBeUndefined();
  });

  it('is not one when it is too long', () => {
    const line = (bytes: number): string => `ok ${'1'.repeat(15)}`.padEnd(bytes);
    expect(parseShimLine(line(18))).toBeDefined();
    expect(parseShimLine(line(shimLineMaxBytes))).toBeUndefined();
  });

  it('is read without an exception, whatever it is', () => {
    const word = fc.constantFrom(
      'hello',
      'main',
      'running',
      'exited',
      'gone',
      'ok',
      'error',
      '1',
      '12',
      '',
      '-0',
      '1e3',
    );
    const line = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 7 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(line, (text) => {
        parseShimLine(text);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a request', () => {
  it.each(vectors.asked)('is written as $lines', ({ request, lines }) => {
    expect(formatShimRequest(request)).toEqual(lines);
  });

  it('to freeze very many is split into lines that fit', () => {
    const processes = Array.from({ length: 1000 }, (_, index) => ({ pid: 4194304, startTicks: 1e13 + index }));
    const lines = formatShimRequest({ kind: 'freeze', forMs: 1000, processes });
    const longestId = '9'.repeat(15);
    for (const line of lines) expect(`${longestId} ${line}\n`.length).toBeLessThanOrEqual(shimLineMaxBytes);
    expect(lines.flatMap((line) => line.match(/4194304 \d+/g) ?? [])).toHaveLength(1000);
  });
});
