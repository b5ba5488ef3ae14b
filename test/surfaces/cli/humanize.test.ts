import { describe, expect, it } from 'vitest';

import { humanizeBytes, humanizeMs, humanizePercent } from '../../../src/surfaces/cli/humanize.ts';

describe('humanizeMs', () => {
  it.each([
    [-5, '0s'],
    [0, '0ms'],
    [420, '420ms'],
    [999.9, '999ms'],
    [1_000, '1s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [192_000, '3m 12s'],
    [3_599_999, '59m 59s'],
    [3_600_000, '1h'],
    [11_520_000, '3h 12m'],
    [86_400_000, '1d'],
    [442_800_000, '5d 3h'],
    [90_000_000_000, '1041d 16h'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(humanizeMs(ms)).toBe(text);
  });
});

describe('humanizeBytes', () => {
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1_536, '1.5 KiB'],
    [10_240, '10 KiB'],
    [1_048_575, '1.0 MiB'],
    [134_217_728, '128 MiB'],
    [1_288_490_189, '1.2 GiB'],
    [2 ** 50, '1024 TiB'],
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(humanizeBytes(bytes)).toBe(text);
  });
});

describe('humanizePercent', () => {
  it.each([
    [0, '0%'],
    [0.04, '0%'],
    [0.4, '0.4%'],
    [9.94, '9.9%'],
    [9.96, '10%'],
    [230.4, '230%'],
  ])('shows %d as %s', (percent, text) => {
    expect(humanizePercent(percent)).toBe(text);
  });
});
