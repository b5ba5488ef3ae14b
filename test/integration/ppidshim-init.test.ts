import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixture, line, ppidshim, signal, stateOf } from '../fixtures/shim/rig.ts';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { allProcesses, descendants, readTitle, type ProcessRow } from '../rig/processes.ts';
import { until } from '../rig/until.ts';

const startInit = (...args: readonly string[]): RunningCommand => startCommand([ppidshim, '--init', ...args]);

/** An init with the fixture as its supervisor, which is ready to be told. */
async function supervised(...args: readonly string[]): Promise<RunningCommand> {
  const init = startInit(...args, '--', fixture('supervises'));
  await line(init, 'started 0');
  return init;
}

const supervisorOf = (init: RunningCommand): Promise<ProcessRow> =>
  until(() => descendants(init.pid).find((row) => readTitle(row.pid) === fixture('supervises')), 'the supervisor');

/** User and system time, in clock ticks: proc_pid_stat(5), fields 14 and 15. */
const cpuTicks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
};

describe('the supervisor', () => {
  it('leads a group of its own below init', async () => {
    await using init = await supervised('--name', 'web');
    const { pid } = await supervisorOf(init);
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
    expect(stat.slice(3, 5).map(Number)).toEqual([init.pid, pid]);
  });

  it('hears of every signal that can be caught but CHLD', async () => {
    await using init = await supervised();
    const acted = [1, 2, 3, 9, 10, 12, 15, 17, 19];
    const numbers = Array.from({ length: 64 }, (_, index) => index + 1).filter((number) => !acted.includes(number));
    for (const number of numbers) {
      signal(init.pid, number);
      await line(init, `signal ${number}`);
    }
  });

  it('ends init with the code that it decided on', async () => {
    await using init = await supervised();
    signal(init.pid, 15);
    expect(await init.exit).toEqual({ code: 42, signal: null });
  });

  it('ends init with that code though it is killed before it ends itself', async () => {
    await using init = await supervised();
    const { pid } = await supervisorOf(init);
    // It stops init before, so that init learns of the decision and of the death at once.
    signal(init.pid, 2);
    await until(() => stateOf(pid) === 'Z', 'its death');
    signal(init.pid, 18);
    expect(await init.exit).toEqual({ code: 7, signal: null });
  });

  it('is started again when it dies, at once, and knows how often', async () => {
    await using init = await supervised();
    signal(init.pid, 10);
    await line(init, 'started 1');
    signal(init.pid, 10);
    await line(init, 'started 2');
    signal((await supervisorOf(init)).pid, 9);
    await line(init, 'started 3');
  });

  it('that says that it is to be started again never counts as one that died', async () => {
    // Ten deaths in a row, and init would give up.
    const again =
      'echo "started $BORGINIT_RESTARTS"; [ "$BORGINIT_RESTARTS" = 12 ] && echo exit 5 >&3 || echo again >&3';
    await using init = startInit('--', 'bash', '-c', `exec 3>&"$BORGINIT_INIT_FD"; ${again}`);
    expect(await init.exit).toEqual({ code: 5, signal: null });
    await line(init, 'started 12');
  });

  it('hears of what was sent while none was there, once', async () => {
    await using init = await supervised();
    signal(init.pid, 10);
    await line(init, 'started 1');
    // From the second death on there is a pause before the next start, and in it nobody reads.
    signal(init.pid, 10);
    await until(() => init.stdout().match(/^signal 10$/gm)?.length === 2, 'the second death');
    signal(init.pid, 34);
    signal(init.pid, 12);
    await line(init, 'started 2');
    await line(init, 'signal 34');
    await line(init, 'signal 12');
    expect(init.stdout().match(/^signal (34|12)$/gm)).toHaveLength(2);
  });

  it('does not hear the half of a line that its predecessor left, nor does init', async () => {
    await using init = await supervised('--name', 'web');
    signal(init.pid, 1);
    await line(init, 'started 1');
    expect(readTitle(init.pid)).toBe('borginit:web');
    signal(init.pid, 12);
    await until(() => readTitle(init.pid) === 'borginit:web@4f2c9e1 and more words', 'the title');
  });

  it('gets a new line where its predecessor shut the old one down, and init does not spin meanwhile', async () => {
    await using init = await supervised();
    signal(init.pid, 3);
    await line(init, 'shut down');
    const supervisor = await supervisorOf(init);
    await until(() => stateOf(init.pid) === 'S', 'rest');
    const before = cpuTicks(init.pid);
    const since = performance.now();
    await until(() => performance.now() > since + 1000, 'a second, in which a loop would use up time');
    expect(cpuTicks(init.pid) - before).toBeLessThan(10);
    signal(supervisor.pid, 9);
    await line(init, 'started 1');
    signal(init.pid, 15);
    expect(await init.exit).toEqual({ code: 42, signal: null });
  });

  it('finds its environment and arguments whole, however long the title is', async () => {
    const print = 'tr "\\0" "\\n" </proc/self/environ; echo "$@"; [ $BORGINIT_RESTARTS = 2 ] && sleep 1000';
    await using init = startInit('--name', 'x'.repeat(300), '--', 'sh', '-c', print, 'sh', 'a b', 'c');
    await line(init, 'BORGINIT_RESTARTS=2');
    await until(() => init.stdout().match(/^a b c$/gm)?.length === 3, 'three starts');
    const starts = init.stdout().split('a b c\n').slice(0, 3);
    const ofTest = starts.map((start) => start.replace(/^BORGINIT_RESTARTS=\d\n/m, ''));
    expect(new Set(ofTest).size).toBe(1);
    expect(ofTest[0]).toContain(`\nPATH=${process.env['PATH'] ?? ''}\n`);
  });
});

describe('the title', () => {
  it('is borginit and the name first, then whatever the supervisor says', async () => {
    await using init = await supervised('--name', 'web');
    expect(readTitle(init.pid)).toBe('borginit:web');
    expect(readFileSync(`/proc/${init.pid}/comm`, 'latin1')).toBe('borginit:web\n');
    signal(init.pid, 12);
    await until(() => readTitle(init.pid) === 'borginit:web@4f2c9e1 and more words', 'the title');
    expect(readFileSync(`/proc/${init.pid}/comm`, 'latin1')).toBe('borginit:web@4f\n');
  });
});

describe('the end', () => {
  it('takes everything along that is left', async () => {
    const leave = 'trap "" TERM; setsid sleep 1000 & sleep 1001 & eval "echo exit 5 >&$BORGINIT_INIT_FD"';
    await using init = startInit('--', 'sh', '-c', leave);
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(
      allProcesses().filter((row) => /^sleep 100[01]$/.test(readTitle(row.pid)) && row.session === init.pid),
    ).toEqual([]);
  });

  it('comes with 70 when the supervisor dies ten times in a row: TERM for all, KILL for who ignores it', async () => {
    const orphans =
      '(trap "echo stopped; exit" TERM; echo armed; while :; do sleep 1; done) & (trap "" TERM; exec sleep 1000) &';
    const die = `echo death $BORGINIT_RESTARTS; [ $BORGINIT_RESTARTS = 0 ] && { ${orphans} }; exit 1`;
    await using init = startInit('--stop-timeout', '1', '--', 'bash', '-c', die);
    expect(await init.exit).toEqual({ code: 70, signal: null });
    expect(init.stdout().match(/^death \d$/gm)).toHaveLength(10);
    expect(init.stdout()).toMatch(/^stopped$/m);
    expect(init.stderr()).toContain('ppidshim: cannot keep the supervisor alive: it died 10 times in a row\n');
  });

  it('comes with 70 when the supervisor cannot be executed, and not sooner', async () => {
    await using init = startInit('--', 'no-such-supervisor');
    expect(await init.exit).toEqual({ code: 70, signal: null });
    // On a machine that stands still for ten seconds, a start counts as a life.
    expect(init.stderr().match(/cannot execute no-such-supervisor/g)?.length).toBeGreaterThanOrEqual(10);
  });
});

it('reaps what its supervisors and their services leave', async () => {
  await using init = startInit('--', fixture('double-forks'), '5');
  await line(init, 'done');
  await until(() => descendants(init.pid).every((row) => row.state !== 'Z'), 'no zombie');
});

it('lives on when its line is flooded', async () => {
  const flood = 'head -c 3000000 /dev/zero | tr "\\0" x | eval "cat >&$BORGINIT_INIT_FD"; echo flooded; sleep 1000';
  await using init = startInit('--name', 'web', '--', 'sh', '-c', flood);
  await line(init, 'flooded');
  expect(readTitle(init.pid)).toBe('borginit:web');
});
