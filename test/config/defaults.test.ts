import { expect, it } from 'vitest';
import { defaultName, defaultReloadOn, defaultStopSignal, defaultStrategy } from '../../src/config/defaults.ts';
import { profiles } from '../../src/servers/profiles.ts';

it('names one service after itself, and several "services"', () => {
  expect(defaultName(['web'])).toBe('web');
  expect(defaultName(['web', 'worker'])).toBe('services');
});

it('reloads by re-execution exactly where the server can', () => {
  expect(defaultStrategy(profiles.unicorn)).toBe('reexec');
  expect(defaultStrategy(profiles.none)).toBe('none');
});

it('follows the revision only where there is one and a way to reload', () => {
  expect(defaultReloadOn('reexec', true)).toBe('revision');
  expect(defaultReloadOn('reexec', false)).toBe('request');
  expect(defaultReloadOn('none', true)).toBe('request');
});

it('stops each server gracefully', () => {
  expect(defaultStopSignal(profiles.unicorn)).toBe('SIGQUIT');
  expect(defaultStopSignal(profiles.none)).toBe('SIGTERM');
});
