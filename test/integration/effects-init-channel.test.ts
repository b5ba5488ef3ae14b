import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { fixture, start, type Program } from '../fixtures/effects/program.ts';

/** The supervisor, and init's end of the line. */
function startBelowInit(): { supervisor: Program; init: Duplex; heard: () => string } {
  const env = { BORGINIT_INIT_FD: '3', BORGINIT_RESTARTS: '2' };
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe'] as const;
  const supervisor = start([process.execPath, fixture('speaks-to-init.ts')], env, [...stdio]);
  const init = supervisor.child.stdio[3] as Duplex;
  let text = '';
  init.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
  init.on('error', () => undefined);
  return { supervisor, init, heard: () => text };
}

it('tells init the title, and how often it was started again', async () => {
  const { supervisor, heard } = startBelowInit();
  await supervisor.says('restarts 2');
  await vi.waitFor(() => expect(heard()).toBe('title borginit:shop@4f2c9e1\n'));
});

it('hears of signals, however the bytes are cut', async () => {
  const { supervisor, init } = startBelowInit();
  init.write('signal 1\nsignal 2\nsig');
  await supervisor.says('SIGHUP', 'SIGINT');
  init.write('nal 12\n');
  await supervisor.says('SIGHUP', 'SIGINT', 'SIGUSR2');
});

it('passes over what is no signal: the rest of a line that a dead predecessor had begun to read, and nonsense', async () => {
  const { supervisor, init } = startBelowInit();
  init.write('nal 15\nsignal 65\nsignal 0\nsignal -1\nsignal 15 \nsignal\n\n\0\nsignal 28\n');
  await supervisor.says('SIGWINCH');
  expect(supervisor.lines).toEqual(['restarts 2', 'SIGWINCH']);
});

it('says a title in one line that fits into the protocol', async () => {
  const { init, heard } = startBelowInit();
  init.write('signal 10\n');
  await vi.waitFor(() => expect(heard().split('\n')).toHaveLength(3), { timeout: 20_000 });
  const title = heard().split('\n')[1] ?? '';
  expect(title).toMatch(/^title two lines {2,3}and x+$/);
  expect(title.length).toBeLessThan(4_096);
});

it('lives while the line is open, and says its decision before it leaves', async () => {
  const { supervisor, init, heard } = startBelowInit();
  await supervisor.says('restarts 2');
  init.write('signal 15\n');
  const [code] = (await once(supervisor.child, 'close')) as [number];
  expect(code).toBe(0);
  expect(heard()).toContain('\nexit 7\n');
  expect(supervisor.lines.at(-1)).toBe('said');
});

it('says what silence means and how long a stop may take, and gives signs of life until it lets go', async () => {
  const { supervisor, init, heard } = startBelowInit();
  await supervisor.says('restarts 2');
  init.write('signal 21\n');
  await vi.waitFor(() => expect(heard()).toMatch(/\nstop-timeout 8\nwatchdog 3\nalive\nalive\n/), { timeout: 20_000 });
  init.write('signal 3\n');
  await vi.waitFor(() => expect(heard()).toMatch(/alive\nstopping\nstopping\n/), { timeout: 20_000 });
  init.write('signal 15\n');
  await once(supervisor.child, 'close');
  expect(heard()).toMatch(/\nexit 7\nwatchdog 0\n$/);
});

it('gives no signs of life where it need not', async () => {
  const { supervisor, init, heard } = startBelowInit();
  await supervisor.says('restarts 2');
  init.write('signal 22\nsignal 3\nsignal 15\n');
  await once(supervisor.child, 'close');
  expect(heard()).toBe('title borginit:shop@4f2c9e1\nstop-timeout 0\nwatchdog 0\nexit 7\n');
});

it('does not fail when init is gone', async () => {
  const { supervisor, init } = startBelowInit();
  await supervisor.says('restarts 2');
  init.destroy();
  const [code] = (await once(supervisor.child, 'close')) as [number];
  expect(code).toBe(0);
  expect(supervisor.lines).toEqual(['restarts 2']);
});
