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
  const instance = sampleInstance(lives.running, { refused });
  expect(refusalOf(instance, r2)).toBe(refused);
  expect(refusalOf(instance, r1)).toBeUndefined();
  expect(refusalOf(instance, undefined)).toBeUndefined();
  expect(refusalOf(sampleInstance(lives.running), undefined)).toBeUndefined();
});

it('a revision that serves is no longer refused: it may have been something beside it', () => {
  const refused = { revision: r1, why: 'it was bad', tries: 1, againAt: undefined };
  expect(refusalOf(sampleInstance(lives.running, { refused }), r1)).toBeUndefined();
  expect(refusalOf(sampleInstance(lives.backoff, { refused }), r1)).toBe(refused);
});

it('what is to follow is known of what is on its way', () => {
  const plan = planFor('restart');
  expect(wishOf({ ...lives.stopping, then: plan })).toBe(plan);
  expect(wishOf({ ...lives.clearing, then: 'restart' })).toBe('restart');
  expect(wishOf({ ...lives.starting, plan })).toBeUndefined();
  expect(wishOf({ ...lives.starting, wish: 'quick' })).toBe('rest');
  expect(wishOf(lives.running)).toBeUndefined();
});
