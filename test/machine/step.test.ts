import { expect, it } from 'vitest';
import { andThen, currentGeneration, keep, stay, withLedger } from '../../src/machine/step.ts';
import { describeEffect, lives, running, sampleInstance } from './sample.ts';

const instance = sampleInstance(running);

it('staying is the same object and asks for nothing', () => {
  expect(stay(instance)).toEqual({ instance, effects: [] });
  expect(stay(instance).instance).toBe(instance);
});

it('keeping the same life is the same object, whatever is asked for', () => {
  expect(keep(instance, running, { kind: 'kill-all' }).instance).toBe(instance);
  expect(keep(instance, lives.down).instance.life).toBe(lives.down);
});

it('a second step goes on from the first, and its effects come later', () => {
  const step = andThen(keep(instance, lives.down, { kind: 'end-shim' }), (next) => {
    expect(next.life).toBe(lives.down);
    return keep(next, running, { kind: 'start-shim' });
  });
  expect(step.instance.life).toBe(running);
  expect(step.effects.map(describeEffect)).toEqual(['end-shim', 'start-shim']);
});

it('questions carry the name of the newest generation', () => {
  expect(currentGeneration(withLedger(instance, { newest: 7 }))).toBe('web.1#7');
});
