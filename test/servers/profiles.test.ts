import { expect, it } from 'vitest';
import { profiles } from '../../src/servers/profiles.ts';

it('every profile is kept under its own name', () => {
  for (const [name, profile] of Object.entries(profiles)) expect(profile.name).toBe(name);
});

it('no signal that stops a server is passed on as it is', () => {
  for (const { signals, reexec } of Object.values(profiles)) {
    const stopping = [signals.gracefulStop, signals.quickStop, 'SIGKILL', 'SIGSTOP', reexec?.signal];
    expect(signals.forwarded.filter((signal) => stopping.includes(signal))).toEqual([]);
  }
});
