import { expect, it } from 'vitest';
import { isAtRest, lifeName } from '../../src/machine/life.ts';
import { lives, reloadingIn, reloads } from './sample.ts';

it('only what is down or has failed is at rest', () => {
  expect(Object.values(lives).filter(isAtRest)).toEqual([lives.down, lives.failed]);
});

it('a reload is named with its phase', () => {
  expect(lifeName(lives.running)).toBe('running');
  expect(lifeName(reloadingIn(reloads.soaking))).toBe('reloading/soaking');
});
