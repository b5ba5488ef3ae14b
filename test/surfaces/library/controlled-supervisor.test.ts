import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withControl } from '../../../src/surfaces/library/controlled-supervisor.ts';
import type { Supervisor } from '../../../src/supervisor/api.ts';
import { until } from '../../rig/until.ts';
import { fakeEvents, fakeSupervisor, samplePlan } from '../sample.ts';
import { tempDir } from '../temp-dir.ts';

const socketPath = (): string => join(tempDir(), 'control.sock');

function controlled(socket: string, changes: Partial<Supervisor> = {}): Supervisor {
  const supervisor = withControl(fakeSupervisor(changes), socket);
  onTestFinished(() => supervisor[Symbol.asyncDispose]());
  return supervisor;
}

describe('an embedded supervisor', () => {
  it('asks for plans whom it stands for', async () => {
    const plan: Supervisor['plan'] = (...services) =>
      Promise.resolve(services.map((service) => samplePlan({ service })));
    expect(await controlled(socketPath(), { plan }).plan('web')).toEqual([samplePlan({ service: 'web' })]);
  });

  it('has no control socket before its start and none after its end', async () => {
    const socket = socketPath();
    const supervisor = controlled(socket);
    expect(existsSync(socket)).toBe(false);
    await supervisor.start();
    expect(existsSync(socket)).toBe(true);
    await supervisor[Symbol.asyncDispose]();
    expect(existsSync(socket)).toBe(false);
  });

  it('gives its control socket back when everything is at rest', async () => {
    const socket = socketPath();
    const { on, tell } = fakeEvents();
    await controlled(socket, { on }).start();
    tell('left', { status: 0 });
    await until(() => !existsSync(socket), 'the end of the socket');
  });

  it('is not disposed of before the socket is given back, whoever began that', async () => {
    const socket = socketPath();
    const { on, tell } = fakeEvents();
    const supervisor = controlled(socket, { on });
    await supervisor.start();
    tell('left', { status: 0 });
    await supervisor[Symbol.asyncDispose]();
    expect(existsSync(socket)).toBe(false);
  });

  it('does not start where another one runs, and can be disposed of all the same', async () => {
    const socket = socketPath();
    let started = false;
    const second = controlled(socket, { start: () => Promise.resolve(void (started = true)) });
    await controlled(socket).start();
    await expect(second.start()).rejects.toMatchObject({ code: 'CONTROL_IN_USE' });
    await second[Symbol.asyncDispose]();
    expect(started).toBe(false);
    expect(existsSync(socket)).toBe(true);
  });
});
