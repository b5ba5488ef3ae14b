import fc from 'fast-check';
import { expect, it } from 'vitest';
import { durationPattern, formatDuration, parseDuration, parseSize, sizePattern } from '../../src/config/units.ts';

it.each([
  ['0s', 0],
  ['250ms', 250],
  ['10s', 10_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
])('reads %s as %d ms', (text, ms) => {
  expect(durationPattern.test(text)).toBe(true);
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', '10', '1.5s', '-1s', '10 s', '10S', '1d', 's', '1m30s', '1e3ms', '10s\n', '9999999999s'])(
  'refuses %j as a duration',
  (text) => {
    expect(durationPattern.test(text)).toBe(false);
  },
);

it.each([
  [0, '0ms'],
  [250, '250ms'],
  [1_500, '1500ms'],
  [90_000, '90s'],
  [120_000, '2m'],
  [86_400_000, '24h'],
])('writes %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('reads what it writes', () => {
  fc.assert(fc.property(fc.nat({ max: 99_999_999 }), (ms) => parseDuration(formatDuration(ms)) === ms));
});

it.each([
  ['1B', 1],
  ['2KiB', 2_048],
  ['512MiB', 536_870_912],
  ['1GiB', 1_073_741_824],
])('reads %s as %d bytes', (text, bytes) => {
  expect(sizePattern.test(text)).toBe(true);
  expect(parseSize(text)).toBe(bytes);
});

it.each(['512', '512MB', '512M', '0.5GiB'])('refuses %j as a size', (text) => {
  expect(sizePattern.test(text)).toBe(false);
});
