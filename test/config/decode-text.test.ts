import { expect, it } from 'vitest';
import { decodeText } from '../../src/config/decode-text.ts';

it('reads UTF-8, its byte order mark included', () => {
  expect(decodeText(Buffer.from('\uFEFFnäme: 日本 🐙'))).toEqual({ ok: true, text: '\uFEFFnäme: 日本 🐙' });
  expect(decodeText(Buffer.alloc(0))).toEqual({ ok: true, text: '' });
});

it.each([
  ['6100', 'not text: the byte at offset 1 is NUL'],
  ['ff', 'not UTF-8: the byte at offset 0 is 0xff'],
  ['c3a4e92061', 'not UTF-8: the byte at offset 3 is 0x20'],
  ['6161c0', 'not UTF-8: the byte at offset 2 is 0xc0'],
  ['eda080', 'not UTF-8: the byte at offset 1 is 0xa0'],
  ['61c3', 'not UTF-8: it ends in the middle of a character'],
])('says of the bytes %s: %s', (hex, problem) => {
  expect(decodeText(Buffer.from(hex, 'hex'))).toEqual({ ok: false, problem });
});
