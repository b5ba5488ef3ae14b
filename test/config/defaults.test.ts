import { expect, it } from 'vitest';
import { defaultName, defaultReloadOn, defaultStopSignal } from '../../src/config/defaults.ts';
import { profiles } from '../../src/servers/profiles.ts';

it('names one service after itself, and several "services"', () => {
  expect(defaultName(['web'])).toBe('web');
  expect(defaultName(['web', 'worker'])).toBe('services');
});

it('follows the revision only where there is one and a way to reload', () => {
  expect(defaultReloadOn('reexec', true)).toBe('revision');
  expect(defaultReloadOn('reexec', false)).toBe('request');
  expect(defaultReloadOn('signal', true)).toBe('revision');
  expect(defaultReloadOn('restart', true)).toBe('revision');
  expect(defaultReloadOn('none', true)).toBe('request');
});

it('stops each server gracefully', () => {
  expect(defaultStopSignal(profiles.unicorn)).toBe('SIGQUIT');
  expect(defaultStopSignal(profiles.apache)).toBe('SIGWINCH');
  expect(defaultStopSignal(profiles.none)).toBe('SIGTERM');
});
