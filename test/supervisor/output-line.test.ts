import { expect, it } from 'vitest';
import { renderPieces } from '../../src/supervisor/output-line.ts';

const web = { service: 'web', instance: 1, name: 'web', isTrial: false };
const second = { service: 'web', instance: 2, name: 'web.2', isTrial: false };
const trial = { ...web, isTrial: true };
const time = '2026-03-01T12:00:00.000Z';
const whole = [
  { text: 'a', goesOn: false },
  { text: '', goesOn: false },
];
const parts = [
  { text: 'long', goesOn: true },
  { text: '"er"', goesOn: false },
];

it.each([
  { mode: 'prefix', source: web, pieces: whole, text: 'web | a\nweb | \n' },
  { mode: 'prefix', source: second, pieces: whole, text: 'web.2 | a\nweb.2 | \n' },
  { mode: 'prefix', source: trial, pieces: parts, text: 'web.trial | long …\nweb.trial | "er"\n' },
  { mode: 'inherit', source: web, pieces: parts, text: 'long"er"\n' },
  {
    mode: 'json',
    source: second,
    pieces: parts,
    text:
      `{"time":"${time}","service":"web","instance":2,"goesOn":true,"line":"long"}\n` +
      `{"time":"${time}","service":"web","instance":2,"line":"\\"er\\""}\n`,
  },
  {
    mode: 'json',
    source: trial,
    pieces: parts.slice(1),
    text: `{"time":"${time}","service":"web","instance":1,"trial":true,"line":"\\"er\\""}\n`,
  },
  { mode: 'json', source: web, pieces: [], text: '' },
] as const)('with $mode, of $source.name: $text', ({ mode, source, pieces, text }) => {
  expect(renderPieces(mode, source, pieces, time)).toBe(text);
});
