import { describe, expect, it } from 'vitest';
import { fixture, line, ppidshim, signal, startOnTerminal, stateOf } from '../fixtures/shim/rig.ts';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { allProcesses, readProcess } from '../rig/processes.ts';
import { until } from '../rig/until.ts';

/** How the shim ends that runs this command. */
async function end(...args: readonly string[]): Promise<number | null> {
  await using shim = startCommand([ppidshim, ...args]);
  return (await shim.exit).code;
}

/** The pid in a fixture's line "main ready PID". */
async function pidOf(shim: RunningCommand, who = 'main'): Promise<number> {
  return Number((await line(shim, new RegExp(`^${who} ready \\d+$`))).split(' ')[2]);
}

/** The numbers of all signals that can be caught, but CHLD, which is the shim's own. */
const catchable = Array.from({ length: 64 }, (_, index) => index + 1).filter((n) => ![9, 17, 19].includes(n));

describe('the exit status', () => {
  it('is the command’s own, each of 0 to 255', async () => {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const ends: (number | null)[] = [];
    for (const code of codes) ends.push(await end('sh', '-c', `exit ${code}`));
    expect(ends).toEqual(codes);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31, 34, 50, 64])(
    'is 128 + %d after death by that signal',
    async (number) => {
      expect(await end('sh', '-c', `ulimit -c 0; kill -${number} $$`)).toBe(128 + number);
    },
  );

  it('is 127 for a command that does not exist', async () => {
    expect(await end('no-such-command')).toBe(127);
    expect(await end('/no/such/command')).toBe(127);
  });

  it('is 126 for a command that cannot be executed', async () => {
    expect(await end('/etc/passwd')).toBe(126);
    expect(await end('/')).toBe(126);
  });

  it.each([
    { args: ['-e', '143', '--', 'sh', '-c', 'kill -TERM $$'], code: 0 },
    { args: ['-e', '3', '--remap-exit', '4', 'sh', '-c', 'exit 4'], code: 0 },
    { args: ['-e', '3', 'sh', '-c', 'exit 4'], code: 4 },
    { args: ['-g', '-s', '-vv', '-w', '-c', 'sh', '-c', 'exit 4'], code: 4 },
    { args: ['--', 'sh', '-c', 'exit 4'], code: 4 },
  ])('is $code with $args', async ({ args, code }) => {
    expect(await end(...args)).toBe(code);
  });

  it.each([
    [],
    ['--'],
    ['-x', 'true'],
    ['--run', '--', 'true'],
    ['-e', '256', 'true'],
    ['-e', 'x', 'true'],
    ['-r', '15', 'true'],
    ['-r', '15:65', 'true'],
    ['-r', 'TERM:NOPE', 'true'],
    ['--run', '--socket', 'relative', '--', 'true'],
    ['--run', '--socket', `/${'x'.repeat(108)}`, '--', 'true'],
    ['--run', '--socket', '/tmp/x', '--user', 'nobody-at-all', '--', 'true'],
    ['--run', '--socket', '/tmp/x', '--user', '12345', '--', 'true'],
    ['--init', '--stop-timeout', '-1', '--', 'true'],
  ])('is 64 for wrong usage: %j %j %j', async (...args) => {
    expect(await end(...args)).toBe(64);
  });

  it('is 0 for help and version', async () => {
    await using help = startCommand([ppidshim, '--help']);
    expect((await help.exit).code).toBe(0);
    expect(help.stdout()).toContain('usage: ppidshim');
    await using version = startCommand([ppidshim, '-V']);
    expect((await version.exit).code).toBe(0);
    expect(version.stdout()).toMatch(/^ppidshim \d/);
  });
});

describe('a signal', () => {
  it('is forwarded to the group, each that can be caught', async () => {
    await using shim = startCommand([ppidshim, fixture('prints-signals'), 'child']);
    await pidOf(shim);
    await pidOf(shim, 'child');
    for (const number of catchable) {
      signal(shim.pid, number);
      await line(shim, `main ${number}`);
      await line(shim, `child ${number}`);
    }
  });

  it('is forwarded to the command alone with --single-child', async () => {
    await using shim = startCommand([ppidshim, '-c', fixture('prints-signals'), 'child']);
    const command = await pidOf(shim);
    const child = await pidOf(shim, 'child');
    for (const number of catchable) {
      signal(shim.pid, number);
      await line(shim, `main ${number}`);
    }
    // A signal of the highest number is read last, so whatever was sent before would have been read before.
    signal(child, 64);
    await line(shim, 'child 64');
    expect(shim.stdout().match(/^child \d+$/gm)).toEqual(['child 64']);
    expect(stateOf(command)).toBe('S');
  });

  it('is forwarded as another one, or not at all, with --rewrite', async () => {
    await using shim = startCommand([ppidshim, '-r', '15:QUIT', '--rewrite', 'sigusr1:0', fixture('prints-signals')]);
    await pidOf(shim);
    signal(shim.pid, 10);
    signal(shim.pid, 15);
    await line(shim, 'main 3');
    expect(shim.stdout()).not.toMatch(/^main 1[05]$/m);
  });

  it('stops the command and continues it', async () => {
    await using shim = startCommand([ppidshim, 'sleep', '1000']);
    const command = await until(() => allProcesses().find((row) => row.parentPid === shim.pid), 'the command');
    for (const stop of [20, 21, 22]) {
      signal(shim.pid, stop);
      await until(() => stateOf(command.pid) === 'T', 'a stopped command');
      expect(stateOf(shim.pid)).not.toBe('T');
      signal(shim.pid, 18);
      await until(() => stateOf(command.pid) === 'S', 'a continued command');
    }
  });

  it('that was ignored or blocked when the shim began is so for the command, and no other', async () => {
    const python = `import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGUSR2, 40])
os.execv(os.sys.argv[1], os.sys.argv[1:])`;
    await using shim = startCommand([
      'python3',
      '-c',
      python,
      ppidshim,
      'grep',
      '-E',
      '^Sig(Blk|Ign)',
      '/proc/self/status',
    ]);
    expect((await shim.exit).code).toBe(0);
    const bits = (...numbers: number[]): string =>
      numbers
        .reduce((mask, number) => mask | (1n << BigInt(number - 1)), 0n)
        .toString(16)
        .padStart(16, '0');
    expect(shim.stdout()).toBe(`SigBlk:\t${bits(12, 40)}\nSigIgn:\t${bits(10, 17)}\n`);
  });
});

describe('the command', () => {
  it('gets the descriptors that the shim was given, and none of its own', async () => {
    const list = ['sh', '-c', 'exec 7</dev/zero; exec "$@" find /proc/self/fd -printf "%f\\n"', 'sh'];
    await using without = startCommand(list);
    await without.exit;
    await using shim = startCommand([...list, ppidshim]);
    await shim.exit;
    expect(shim.stdout()).toContain('\n7\n');
    expect(shim.stdout()).toBe(without.stdout());
  });

  it('leads a group of its own', async () => {
    await using shim = startCommand([ppidshim, 'sh', '-c', 'cut -d" " -f1,5 /proc/self/stat; echo $$; cat']);
    await shim.exit;
    const [first = '', shell] = shim.stdout().split('\n');
    expect(first.split(' ')[1]).toBe(shell);
  });

  it('does not write into a descriptor of the shim where its own were closed', async () => {
    expect(await end('sh', '-c', `exec "$0" sh -c 'echo x; echo y >&2; exit 5' <&- >&- 2>&-`, ppidshim)).toBe(5);
    await using shim = startCommand(['sh', '-c', `exec "$0" sh -c 'echo x; exit 5' <&- >&- 2>&-`, ppidshim]);
    expect((await shim.exit).code).toBe(5);
  });

  it('leaves nothing behind of its group', async () => {
    await using shim = startCommand([ppidshim, 'sh', '-c', 'sleep 1000 & echo $!']);
    await shim.exit;
    await until(() => readProcess(Number(shim.stdout())) === undefined, 'the end of the rest');
  });
});

describe('orphans', () => {
  it.each([
    { hundreds: 5, limitMs: 60_000 },
    { hundreds: 200, limitMs: 600_000 },
  ])('are reaped, $hundreds hundreds of them', { timeout: 700_000 }, async ({ hundreds, limitMs }) => {
    await using shim = startCommand([ppidshim, fixture('double-forks'), String(hundreds)]);
    await line(shim, 'done', limitMs);
    await until(() => allProcesses().filter((row) => row.parentPid === shim.pid).length === 1, 'no zombie');
  });
});

describe('a terminal', () => {
  it('is the command’s: it may read what is typed', async () => {
    await using terminal = startOnTerminal(`${ppidshim} sh -c 'echo ask; read answer; echo got $answer; exit 6'`);
    await line(terminal, 'ask');
    terminal.write('hello\n');
    await line(terminal, 'got hello');
    expect(await terminal.exit).toBe(6);
  });

  it('sends its keys to the command once, and not to the shim', async () => {
    await using terminal = startOnTerminal(`${ppidshim} ${fixture('prints-signals')}`);
    await line(terminal, /^main ready/);
    terminal.write('\x03');
    await line(terminal, /main 2$/);
    terminal.write('\x1c');
    await line(terminal, /main 3$/);
    expect(terminal.stdout().match(/main 2$/gm)).toHaveLength(1);
    const [, pid] = /^main ready (\d+)$/m.exec(terminal.stdout()) ?? [];
    signal(Number(pid), 9);
    expect(await terminal.exit).toBe(137);
  });
});
