import { expect, it } from 'vitest';
import { isAtRest, lifeName, refusalOf, wishOf } from '../../src/machine/life.ts';
import { lives, planFor, r1, r2, reloadingIn, reloads, sampleInstance } from './sample.ts';

it('only what is down or has failed is at rest', () => {
  expect(Object.values(lives).filter(isAtRest)).toEqual([lives.down, lives.failed]);
});

it('a reload is named with its phase', () => {
  expect(lifeName(lives.running)).toBe('running');
  expect(lifeName(reloadingIn(reloads.soaking))).toBe('reloading/soaking');
});

it('a refusal is of one revision', () => {
  const refused = { revision: r2, why: 'it was bad', tries: 1, againAt: undefined };
  const { ledger } = sampleInstance(lives.running, { refused });
  expect(refusalOf(ledger, r2)).toBe(refused);
  expect(refusalOf(ledger, r1)).toBeUndefined();
  expect(refusalOf(ledger, undefined)).toBeUndefined();
  expect(refusalOf(sampleInstance(lives.running).ledger, undefined)).toBeUndefined();
});

it('what is to follow is known of what is on its way', () => {
  const plan = planFor('restart');
  expect(wishOf({ ...lives.stopping, then: plan })).toBe(plan);
  expect(wishOf({ ...lives.clearing, then: 'restart' })).toBe('restart');
  expect(wishOf({ ...lives.starting, plan })).toBeUndefined();
  expect(wishOf({ ...lives.starting, wish: 'quick' })).toBe('rest');
  expect(wishOf(lives.running)).toBeUndefined();
});
