import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter, pieceMaxBytes, type Piece } from '../../src/effects/line-splitter.ts';

const split = (...chunks: readonly (string | Buffer)[]): readonly Piece[] => {
  const splitter = createLineSplitter();
  return [...chunks.flatMap((chunk) => splitter.add(Buffer.from(chunk))), ...splitter.end()];
};
const line = (text: string): Piece => ({ text, goesOn: false });
const part = (text: string): Piece => ({ text, goesOn: true });
const long = 'x'.repeat(pieceMaxBytes);

describe('the splitter', () => {
  it.each([
    { chunks: ['a\nb\n'], pieces: [line('a'), line('b')] },
    { chunks: ['a', 'b\nc', '\n'], pieces: [line('ab'), line('c')] },
    { chunks: ['\n\n'], pieces: [line(''), line('')] },
    { chunks: ['a\r\n'], pieces: [line('a\r')] },
    { chunks: ['a\n', 'tail'], pieces: [line('a'), line('tail')] },
    { chunks: [], pieces: [] },
    { chunks: [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])], pieces: [line('ä')] },
    { chunks: [Buffer.from([0x61, 0xff, 0x62, 0x0a])], pieces: [line('a\ufffdb')] },
    { chunks: [Buffer.from([0xc3])], pieces: [line('\ufffd')] },
    { chunks: [`${long}\n`], pieces: [line(long)] },
    { chunks: [long, '\n'], pieces: [line(long)] },
    { chunks: [`${long}yz\n`], pieces: [part(long), line('yz')] },
    { chunks: [`${long}${long}z`], pieces: [part(long), part(long), line('z')] },
    { chunks: [`${long.slice(1)}ä\n`], pieces: [part(long.slice(1)), line('ä')] },
    { chunks: [`${long.slice(3)}🚀\n`], pieces: [part(long.slice(3)), line('🚀')] },
  ])('makes of $chunks.length chunks $pieces.length pieces', ({ chunks, pieces }) => {
    expect(split(...chunks)).toEqual(pieces);
  });

  it('tells what was begun, and forgets it at the end', () => {
    const splitter = createLineSplitter();
    splitter.add(Buffer.from('a\nb'));
    expect(splitter.begun()).toBe('b');
    expect(splitter.end()).toEqual([line('b')]);
    expect([splitter.begun(), splitter.end()]).toEqual(['', []]);
  });

  it('does not mind that a chunk is overwritten', () => {
    const splitter = createLineSplitter();
    const chunk = Buffer.from('ab');
    splitter.add(chunk);
    chunk.fill('x');
    expect(splitter.end()).toEqual([line('ab')]);
  });

  it('loses nothing, however the bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '🚀', '\n') })), (texts) => {
        const bytes = Buffer.from(texts.join(''));
        const chunks = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
        expect(split(...chunks)).toEqual(split(bytes));
        const whole = split(bytes).map(({ text }) => `${text}\n`);
        expect(whole.join('').replace(/\n$/, '')).toBe(bytes.toString().replace(/\n$/, ''));
      }),
    );
  });
});
