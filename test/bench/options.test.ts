import { expect, it } from 'vitest';

import { parseOptions, partNames } from '../../bench/options.ts';

it('measures everything in full unless told otherwise', () => {
  expect(parseOptions([])).toMatchObject({ parts: partNames, isJson: false, extent: { revisionChanges: 50 } });
});

it('measures what --only names, in its own order', () => {
  expect(parseOptions(['--only', 'reap,start', '--json'])).toMatchObject({ parts: ['start', 'reap'], isJson: true });
});

it('measures less with --quick', () => {
  expect(parseOptions(['--quick']).extent.startRounds).toBeLessThan(parseOptions([]).extent.startRounds);
});

it('makes as many reloads as --reloads says, and no less', () => {
  const { deployRounds, deploysInRound } = parseOptions(['--reloads', '99']).extent;
  expect(deployRounds * deploysInRound).toBe(100);
});

it.each(['0', '-1', '2.5', 'many'])('refuses %s reloads', (reloads) => {
  expect(() => parseOptions([`--reloads=${reloads}`])).toThrow(`cannot make ${reloads} reloads`);
});

it('refuses a part that it does not know', () => {
  expect(() => parseOptions(['--only', 'start,speed'])).toThrow('cannot measure speed: expected some of start,memory');
});
