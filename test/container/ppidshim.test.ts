import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixture, line, ppidshim, signal } from '../fixtures/shim/rig.ts';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { allProcesses, descendants, isAlive, readTitle, type ProcessRow } from '../rig/processes.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

/** Runs ppidshim as PID 1 of a new pid namespace, and a process as seen from outside of it. */
async function asPid1(...args: readonly string[]): Promise<RunningCommand & { readonly init: ProcessRow }> {
  const command = startCommand(['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=KILL', ppidshim, ...args]);
  const isInit = (row: ProcessRow): boolean =>
    row.parentPid === command.pid && /ppidshim|borginit/.test(readTitle(row.pid));
  const init = await until(() => allProcesses().find((row) => isInit(row)), 'PID 1');
  return { ...command, init };
}

const below = (init: ProcessRow, title: RegExp): Promise<ProcessRow> =>
  until(() => descendants(init.pid).find((row) => title.test(readTitle(row.pid))), `a process called ${String(title)}`);

describe('alone as PID 1', () => {
  it.each([
    { command: 'exit 0', code: 0 },
    { command: 'exit 42', code: 42 },
    { command: 'kill -9 $$', code: 137 },
  ])('leaves with $code after "$command"', async ({ command, code }) => {
    await using shim = startCommand(['unshare', '--fork', '--pid', '--mount-proc', ppidshim, 'sh', '-c', command]);
    expect((await shim.exit).code).toBe(code);
  });

  it('forwards every signal that can be caught, sent from inside or outside', async () => {
    await using shim = await asPid1(fixture('prints-signals'));
    await line(shim, 'main ready 2');
    const numbers = Array.from({ length: 64 }, (_, index) => index + 1).filter((n) => ![9, 17, 19].includes(n));
    for (const number of numbers) {
      signal(shim.init.pid, number);
      await line(shim, `main ${number}`);
    }
    for (const number of [15, 11, 40]) {
      execFileSync('nsenter', ['-t', String(shim.init.pid), '-p', '-m', 'kill', `-${number}`, '1']);
      await until(() => shim.stdout().match(new RegExp(`^main ${number}$`, 'gm'))?.length === 2, 'it once more');
    }
  });

  it('reaps orphans, and takes everything along when it leaves', async () => {
    await using shim = await asPid1('sh', '-c', `setsid sleep 1000 & exec ${fixture('double-forks')} 5`);
    await line(shim, 'done');
    await until(() => descendants(shim.init.pid).length === 2, 'no zombie');
    const sleep = await below(shim.init, /^sleep 1000$/);
    const main = await below(shim.init, /double-forks/);
    signal(main.pid, 15);
    await shim.exit;
    await until(() => !isAlive(sleep), 'the end of the rest');
  });
});

describe('init as PID 1', () => {
  it('shows its title as /proc/1/cmdline, and leaves with what the supervisor decides', async () => {
    await using shim = await asPid1('--init', '--name', 'web', '--', fixture('supervises'));
    await line(shim, 'started 0');
    signal(shim.init.pid, 12);
    const inside = ['-t', String(shim.init.pid), '-p', '-m', 'cat', '/proc/1/cmdline'];
    await until(
      () => execFileSync('nsenter', inside, { encoding: 'latin1' }).startsWith('borginit:web@4f2c9e1'),
      'the title',
    );
    signal(shim.init.pid, 15);
    expect((await shim.exit).code).toBe(42);
  });

  it('is not the parent of a service: that is a shim, which outlives the supervisor', async () => {
    await using dir = await tempDir();
    const run = [ppidshim, '--run', '--socket', join(dir.path, 's'), '--name', 'web.1', '--', 'sleep', '1000'];
    const supervise = `[ $BORGINIT_RESTARTS != 0 ] || "$@"; echo up $BORGINIT_RESTARTS; exec sleep 1001`;
    await using shim = await asPid1('--init', '--', 'sh', '-c', supervise, 'sh', ...run);
    await line(shim, 'up 0');
    const service = await below(shim.init, /^sleep 1000$/);
    const parent = await below(shim.init, /^ppidshim web\.1$/);
    expect(service.parentPid).toBe(parent.pid);
    expect(parent.parentPid).toBe(shim.init.pid);
    signal((await below(shim.init, /^sleep 1001$/)).pid, 9);
    await line(shim, 'up 1');
    expect(isAlive(service)).toBe(true);
    expect(isAlive(parent)).toBe(true);
  });

  it('lives on without a descriptor to spare', async () => {
    await using shim = await asPid1('--init', '--', fixture('supervises'));
    await line(shim, 'started 0');
    // Three standard ones, the signals and both ends of the line: not one more can be opened.
    execFileSync('prlimit', ['--pid', String(shim.init.pid), '--nofile=6']);
    signal(shim.init.pid, 10);
    await line(shim, 'started 1');
    signal(shim.init.pid, 15);
    expect((await shim.exit).code).toBe(42);
  });

  it('gives the supervisor up with 70 after TERM to all that is below', async () => {
    const service = '(trap "echo stopped; exit" TERM; while :; do sleep 1; done) &';
    await using shim = await asPid1(
      '--init',
      '--stop-timeout',
      '5',
      '--',
      'bash',
      '-c',
      `[ $BORGINIT_RESTARTS = 0 ] && { ${service} }; exit 1`,
    );
    expect((await shim.exit).code).toBe(70);
    expect(shim.stdout()).toBe('stopped\n');
  });
});
