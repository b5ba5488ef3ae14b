import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  fixture,
  line,
  ppidshim,
  reference,
  runShim,
  signal,
  startOnTerminal,
  stateOf,
  talk,
} from '../fixtures/shim/rig.ts';
import { startCommand } from '../rig/command.ts';
import { descendants, isAlive, readProcess, readTitle } from '../rig/processes.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

/** A main process with two children, which it names on its output. */
const family = ['sh', '-c', 'sleep 1000 & echo child $!; sleep 1001 & echo child $!; wait'];

async function runFamily(...args: string[]) {
  const shim = await runShim(family, args);
  const children = await until(() => {
    const pids = [...shim.launcher.stdout().matchAll(/^child (\d+)$/gm)].map(([, pid]) => Number(pid));
    return pids.length === 2 && pids.every((pid) => readTitle(pid).startsWith('sleep')) ? pids : undefined;
  }, 'two children');
  const [first = 0, second = 0] = children;
  return { ...shim, first, second };
}

const gone = (pid: number): Promise<boolean> => until(() => readProcess(pid) === undefined, `the end of ${pid}`);

const inState = (pid: number, state: string): Promise<boolean> =>
  until((note) => (note(stateOf(pid)), stateOf(pid) === state), `process ${pid} in state ${state}`);

describe('the start', () => {
  it('ends when a client can connect, with a shim that is no child of the caller', async () => {
    await using shim = await runShim(['sleep', '1000'], ['--name', 'web.1']);
    expect(shim.talk.heard).toEqual([
      `hello 1 ${reference(shim.pid)}`,
      `main running ${reference(shim.main)}`,
      'ready',
    ]);
    expect(readProcess(shim.pid)?.parentPid).not.toBe(shim.launcher.pid);
    expect(readProcess(shim.main)?.parentPid).toBe(shim.pid);
    expect(readTitle(shim.pid)).toBe('ppidshim web.1');
    expect(readTitle(shim.main)).toBe('sleep 1000');
    expect(readlinkSync(`/proc/${shim.pid}/cwd`)).toBe('/');
    expect(readlinkSync(`/proc/${shim.main}/cwd`)).toBe(process.cwd());
    expect(readlinkSync(`/proc/${shim.main}/fd/0`)).toBe('/dev/null');
  });

  it('signs its lock, begins a session, and marks all that descends from it', async () => {
    await using shim = await runShim(['sh', '-c', 'sleep 1000 & wait']);
    expect(readFileSync(`${shim.path}.lock`, 'utf8')).toBe(`${reference(shim.pid)}\n`);
    const child = await until(() => descendants(shim.main)[0], 'a child');
    for (const pid of [shim.pid, shim.main, child.pid]) expect(readProcess(pid)?.session).toBe(shim.pid);
    const mark = `BORGINIT_SHIM=${reference(shim.pid).replace(' ', ':')}`;
    for (const pid of [shim.main, child.pid])
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toContain(mark);
  });

  it('is in the session of its caller where the command is to have its terminal', async () => {
    await using shim = await runShim(['sleep', '1000'], ['--foreground']);
    expect(readProcess(shim.main)?.session).toBe(shim.launcher.pid);
  });

  it('hands the environment to the command as it is', async () => {
    const env = { A: '1', B: 'two words', EMPTY: '' };
    await using shim = await runShim(['env', '-0'], ['--name', 'x'.repeat(60)], { env });
    await shim.talk.hear(/^main exited \d+ \d+ 0$/);
    const seen = shim.launcher.stdout().split('\0').filter(Boolean);
    const given = Object.entries({ ...process.env, ...env, PWD: process.cwd() }).map(([k, v]) => `${k}=${v}`);
    expect(seen.filter((pair) => !/^BORGINIT_(?:RIG_MARK|SHIM)=/.test(pair)).toSorted()).toEqual(given.toSorted());
  });

  it('is refused with 75 while another shim runs that instance: of ten at once one wins', async () => {
    await using dir = await tempDir();
    const path = join(dir.path, 'shim.sock');
    await using all = new AsyncDisposableStack();
    const launchers = Array.from({ length: 10 }, () =>
      all.use(startCommand([ppidshim, '--run', '--socket', path, '--', 'sleep', '1000'])),
    );
    const codes = await Promise.all(launchers.map(async ({ exit }) => (await exit).code));
    expect(codes.toSorted()).toEqual([0, 75, 75, 75, 75, 75, 75, 75, 75, 75]);
    using client = talk(path);
    await client.hear('ready');
    await client.ask('kill');
    await client.hear('empty');
    expect(await client.ask('end')).toBe('ok');
  });

  it('takes the place of a shim that was killed, whose files still lie there', async () => {
    await using shim = await runShim(['sleep', '1000']);
    signal(shim.pid, 9);
    await gone(shim.pid);
    expect(existsSync(shim.path)).toBe(true);
    await using next = startCommand([ppidshim, '--run', '--socket', shim.path, '--', 'sleep', '1001']);
    expect((await next.exit).code).toBe(0);
    using client = talk(shim.path);
    await client.hear('ready');
    signal(shim.main, 9);
  });

  it('fails with 70 and a line where nothing can be bound', async () => {
    await using shim = startCommand([ppidshim, '--run', '--socket', '/no/such/directory/s', '--', 'true']);
    expect((await shim.exit).code).toBe(70);
    expect(shim.stderr()).toBe('ppidshim: cannot open /no/such/directory/s.lock: No such file or directory\n');
  });

  it('keeps no descriptor of the command but its output', async () => {
    await using shim = await runShim(['sh', '-c', 'exec 7<&-; sleep 1000'], [], {
      before: ['sh', '-c', 'exec 7</dev/zero; exec "$@"', 'sh'],
    });
    expect(existsSync(`/proc/${shim.pid}/fd/7`)).toBe(false);
    expect(readlinkSync(`/proc/${shim.pid}/fd/1`)).toBe(readlinkSync(`/proc/${shim.main}/fd/1`));
  });

  it.each([
    { args: ['--user', 'nobody'], says: 'uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)' },
    { args: ['--user', '65534'], says: 'uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)' },
    { args: ['--user', 'nobody:daemon'], says: 'uid=65534(nobody) gid=1(daemon) groups=1(daemon),65534(nogroup)' },
    { args: ['--user', '12345:54321'], says: 'uid=12345 gid=54321 groups=54321' },
  ])('gives the command the user of $args', async ({ args, says }) => {
    await using shim = await runShim(['id'], args);
    await shim.talk.hear(/^main exited \d+ \d+ 0$/);
    // initgroups(3) puts the primary group among the others or not, by what is in the database.
    const words = shim.launcher.stdout().trim().split(' ');
    expect(says.startsWith(words.slice(0, 2).join(' '))).toBe(true);
    expect(says).toContain(words[2]);
  });

  it('gives the command the directory of --cwd', async () => {
    await using shim = await runShim(['pwd'], ['--cwd', '/usr/share']);
    await line(shim.launcher, '/usr/share');
  });

  it.each([
    { command: ['no-such-command'], args: [], errno: 'ENOENT' },
    { command: ['/etc/passwd'], args: [], errno: 'EACCES' },
    { command: ['/'], args: [], errno: 'EACCES' },
    { command: ['true'], args: ['--cwd', '/no/such'], errno: 'ENOENT' },
  ])('of $command with $args is news: main failed $errno', async ({ command, args, errno }) => {
    await using shim = await runShim(command, args);
    await shim.talk.hear(`main failed ${errno}`);
    await shim.talk.hear('empty');
    expect(await shim.talk.ask('signal main 15')).toBe('error ESRCH');
    expect(shim.launcher.stderr()).toMatch(/^ppidshim: cannot (execute|enter) .*: .*\n$/);
    expect(await shim.talk.ask('end')).toBe('ok');
    await gone(shim.pid);
  });
});

describe('--foreground', () => {
  it('leaves the terminal to the command: it reads what is typed, and its keys signal it', async () => {
    await using dir = await tempDir();
    const path = join(dir.path, 'shim.sock');
    const ask = join(dir.path, 'ask.sh');
    await writeFile(ask, `echo ask; read answer; echo got $answer; exec ${fixture('prints-signals')}`);
    const run = [ppidshim, '--run', '--socket', path, '--foreground', '--', 'sh', ask].join(' ');
    // The shell stays, since the terminal's end would be the command's, too.
    await using terminal = startOnTerminal(`${run}; exec sleep 1000`);
    await line(terminal, 'ask');
    terminal.write('hello\n');
    await line(terminal, 'got hello');
    await line(terminal, /^main ready/);
    terminal.write('\x03');
    await line(terminal, /main 2$/);
    using client = talk(path);
    await client.ask('kill');
    await client.hear('empty');
    expect(client.heard[1]).toMatch(/^main running/);
    expect(await client.ask('end')).toBe('ok');
  });
});

describe('the end of the main process', () => {
  it.each([
    { command: 'exit 0', news: 'exited 0' },
    { command: 'exit 255', news: 'exited 255' },
    { command: 'kill -9 $$', news: 'signaled 9' },
    { command: 'ulimit -c 0; kill -11 $$', news: 'signaled 11' },
    { command: 'kill -40 $$', news: 'signaled 40' },
  ])('by "$command" is told, and told again to whoever comes later', async ({ command, news }) => {
    await using shim = await runShim(['sh', '-c', command]);
    const [kind = '', value = ''] = news.split(' ');
    await shim.talk.hear('empty');
    const told = shim.talk.heard.filter((text) => text.startsWith(`main ${kind}`));
    expect(told).toEqual([expect.stringMatching(new RegExp(`^main ${kind} \\d+ \\d+ ${value}$`))]);
    using later = talk(shim.path);
    await later.hear('ready');
    expect(later.heard).toEqual([shim.talk.heard[0], told[0], 'empty', 'ready']);
  });

  it('is not the end of the shim, nor of what the main process left', async () => {
    await using shim = await runFamily();
    await shim.talk.ask('signal main 9');
    await shim.talk.hear(/^main signaled \d+ \d+ 9$/);
    expect(readProcess(shim.first)?.parentPid).toBe(shim.pid);
    expect(await shim.talk.ask('end')).toBe('error EBUSY');
    await shim.talk.ask(`signal ${reference(shim.first)} 9`);
    await shim.talk.ask(`signal ${reference(shim.second)} 9`);
    await shim.talk.hear('empty');
  });
});

describe('signal', () => {
  it('reaches the main process, each number', async () => {
    await using shim = await runShim([fixture('prints-signals')]);
    await line(shim.launcher, /^main ready/);
    for (let number = 1; number <= 64; number++) {
      if (number === 9 || number === 19) continue;
      expect(await shim.talk.ask(`signal main ${number}`)).toBe('ok');
      await line(shim.launcher, `main ${number}`);
    }
    expect(await shim.talk.ask('signal main 65')).toBe('error EINVAL');
    expect(await shim.talk.ask('signal all 65')).toBe('error EINVAL');
    expect(await shim.talk.ask('signal main 9')).toBe('ok');
    await shim.talk.hear('empty');
    expect(await shim.talk.ask('signal main 15')).toBe('error ESRCH');
  });

  it('reaches everything below, however deep and in whatever session', async () => {
    const deep = 'setsid sh -c "sh -c \'sleep 1000; true\'; true" & wait';
    await using shim = await runShim(['sh', '-c', deep]);
    const sleep = await until(
      () => descendants(shim.pid).find((row) => readTitle(row.pid) === 'sleep 1000'),
      'the deepest process',
    );
    expect(await shim.talk.ask('signal all 9')).toBe('ok');
    await shim.talk.hear('empty');
    expect(isAlive(sleep)).toBe(false);
  });

  it('reaches one process below, if pid and start time are both right', async () => {
    await using shim = await runFamily();
    const [pid = '', start = ''] = reference(shim.first).split(' ');
    expect(await shim.talk.ask(`signal ${pid} ${Number(start) + 1} 9`)).toBe('error ESRCH');
    expect(await shim.talk.ask(`signal ${pid} 0 9`)).toBe('error ESRCH');
    expect(await shim.talk.ask(`signal 0 0 9`)).toBe('error ESRCH');
    expect(await shim.talk.ask(`signal 99999999999 ${start} 9`)).toBe('error ESRCH');
    expect(await shim.talk.ask(`signal ${pid} ${start} 65`)).toBe('error EINVAL');
    expect(stateOf(shim.first)).toBe('S');
    expect(await shim.talk.ask(`signal ${pid} ${start} 9`)).toBe('ok');
    await gone(shim.first);
  });

  it('does not reach a process elsewhere, the shim itself, or a zombie', async () => {
    await using shim = await runShim(['sh', '-c', 'sleep 2000 & echo $!; exec sleep 1000']);
    const zombie = Number(await line(shim.launcher, /^\d+$/));
    await until(() => descendants(shim.pid).some((row) => readTitle(row.pid) === 'sleep 1000'), 'one that never waits');
    process.kill(zombie, 'SIGKILL');
    await inState(zombie, 'Z');
    for (const pid of [process.pid, 1, shim.pid, zombie]) {
      expect(await shim.talk.ask(`signal ${reference(pid)} 0`)).toBe('error ESRCH');
    }
  });
});

describe('freeze', () => {
  it('stops the processes for as long as asked, though who asked is gone', async () => {
    await using shim = await runFamily();
    using client = talk(shim.path);
    await client.hear('ready');
    const frozenAt = performance.now();
    expect(await client.ask(`freeze 600 ${reference(shim.first)} ${reference(shim.second)} 1 1`)).toBe('ok');
    client[Symbol.dispose]();
    await inState(shim.first, 'T');
    await inState(shim.second, 'T');
    await inState(shim.first, 'S');
    await inState(shim.second, 'S');
    expect(performance.now() - frozenAt).toBeGreaterThan(590);
  });

  it('is counted from the first, however many are added', async () => {
    await using shim = await runFamily();
    await shim.talk.ask(`freeze 500 ${reference(shim.first)}`);
    await inState(shim.first, 'T');
    await until(async () => {
      expect(await shim.talk.ask(`freeze 1000 ${reference(shim.second)}`)).toBe('ok');
      return stateOf(shim.first) === 'S';
    }, 'the thaw of the first');
  });

  it('of nothing that lives does not shorten the next', async () => {
    await using shim = await runFamily();
    await shim.talk.ask('freeze 300 1 1');
    expect(await shim.talk.ask(`freeze 1000 ${reference(shim.first)}`)).toBe('ok');
    const frozenAt = performance.now();
    await inState(shim.first, 'T');
    await inState(shim.first, 'S');
    expect(performance.now() - frozenAt).toBeGreaterThan(900);
  });

  it('ends early by thaw', async () => {
    await using shim = await runFamily();
    // On a machine that is slow now and then, more than one try may be needed to see that it was not the deadline.
    await until(async () => {
      const frozenAt = performance.now();
      await shim.talk.ask(`freeze 1000 ${reference(shim.first)}`);
      await inState(shim.first, 'T');
      expect(await shim.talk.ask('thaw')).toBe('ok');
      await inState(shim.first, 'S');
      return performance.now() - frozenAt < 900;
    }, 'a thaw before the deadline');
  });

  it('is refused for longer than a second, and for a line with a mistake in it', async () => {
    await using shim = await runFamily();
    expect(await shim.talk.ask(`freeze 1001 ${reference(shim.first)}`)).toBe('error EINVAL');
    using client = talk(shim.path);
    await client.hear('ready');
    client.say(`1 freeze 1000 ${reference(shim.first)} 12`);
    await client.hear('error 0 EPROTO');
    await client.end();
    expect(stateOf(shim.first)).not.toBe('T');
  });
});

describe('watch', () => {
  it('tells the end of a process to whoever asked', async () => {
    await using shim = await runFamily();
    using other = talk(shim.path);
    await other.hear('ready');
    const first = reference(shim.first);
    expect(await shim.talk.ask(`watch ${first}`)).toBe('ok');
    await shim.talk.ask(`signal ${first} 9`);
    await shim.talk.hear(`gone ${first}`);
    await other.ask('thaw');
    expect(other.heard).not.toContain(`gone ${first}`);
  });

  it('tells at once what has ended already', async () => {
    await using shim = await runShim(['sleep', '1000']);
    const [pid = '', start = ''] = reference(shim.main).split(' ');
    expect(await shim.talk.ask(`watch ${pid} ${Number(start) - 1}`)).toBe('ok');
    await shim.talk.hear(`gone ${pid} ${Number(start) - 1}`);
    expect(await shim.talk.ask('watch 0 0')).toBe('ok');
    await shim.talk.hear('gone 0 0');
  });

  it('has room for 64, and gets it back when a client leaves', async () => {
    await using shim = await runShim(['sleep', '1000']);
    using client = talk(shim.path);
    await client.hear('ready');
    for (let n = 0; n < 64; n++) expect(await client.ask(`watch ${reference(shim.main)}`)).toBe('ok');
    expect(await shim.talk.ask(`watch ${reference(shim.main)}`)).toBe('error ENOSPC');
    client[Symbol.dispose]();
    await until(async () => (await shim.talk.ask(`watch ${reference(shim.main)}`)) === 'ok', 'room for a watch');
  });
});

describe('heir', () => {
  it('becomes the main process in the same breath, and its end is told', async () => {
    await using shim = await runFamily();
    const old = reference(shim.main);
    const heir = reference(shim.first);
    expect(await shim.talk.ask(`heir ${heir}`)).toBe('ok');
    await shim.talk.ask('signal main 9');
    await shim.talk.hear(`main running ${heir}`);
    expect(shim.talk.heard.slice(-3).filter((text) => text.startsWith('main'))).toEqual([
      `main signaled ${old} 9`,
      `main running ${heir}`,
    ]);
    expect(await shim.talk.ask('signal main 10')).toBe('ok');
    await shim.talk.hear(`main signaled ${heir} 10`);
  });

  it('becomes the main process though nobody is connected', async () => {
    await using shim = await runFamily();
    const heir = reference(shim.first);
    await shim.talk.ask(`heir ${heir}`);
    shim.talk[Symbol.dispose]();
    signal(shim.main, 9);
    await gone(shim.main);
    using later = talk(shim.path);
    await later.hear('ready');
    expect(later.heard[1]).toBe(`main running ${heir}`);
  });

  it('may be named when the main process has ended', async () => {
    await using shim = await runFamily();
    await shim.talk.ask('signal main 9');
    await shim.talk.hear(/^main signaled/);
    expect(await shim.talk.ask(`heir ${reference(shim.second)}`)).toBe('ok');
    await shim.talk.hear(`main running ${reference(shim.second)}`);
  });

  it('that hangs below another process becomes the main process when that has ended too', async () => {
    await using shim = await runShim(['sh', '-c', 'sh -c "sleep 1000 & echo deep \\$!; wait" & echo between $!; wait']);
    const deep = Number((await line(shim.launcher, /^deep \d+$/)).split(' ')[1]);
    const between = Number((await line(shim.launcher, /^between \d+$/)).split(' ')[1]);
    await shim.talk.ask(`heir ${reference(deep)}`);
    await shim.talk.ask('signal main 9');
    await shim.talk.hear(/^main signaled/);
    expect(shim.talk.heard).not.toContain(`main running ${reference(deep)}`);
    await shim.talk.ask(`signal ${reference(between)} 9`);
    await shim.talk.hear(`main running ${reference(deep)}`);
  });

  it('that dies before is forgotten', async () => {
    await using shim = await runFamily();
    await shim.talk.ask(`heir ${reference(shim.first)}`);
    signal(shim.first, 9);
    await gone(shim.first);
    await shim.talk.ask('signal main 9');
    await shim.talk.hear(/^main signaled/);
    signal(shim.second, 9);
    await shim.talk.hear('empty');
    expect(shim.talk.heard.filter((text) => text.startsWith('main running'))).toHaveLength(1);
  });

  it('is taken back by 0 0', async () => {
    await using shim = await runFamily();
    await shim.talk.ask(`heir ${reference(shim.first)}`);
    expect(await shim.talk.ask('heir 0 0')).toBe('ok');
    await shim.talk.ask('signal main 9');
    await shim.talk.hear(/^main signaled/);
    await shim.talk.ask('thaw');
    expect(shim.talk.heard.filter((text) => text.startsWith('main running'))).toHaveLength(1);
  });

  it('must live below the shim', async () => {
    await using shim = await runFamily();
    expect(await shim.talk.ask(`heir ${reference(process.pid)}`)).toBe('error ESRCH');
    expect(await shim.talk.ask('heir 99999999999 1')).toBe('error ESRCH');
  });
});

describe('kill', () => {
  it('ends everything, what is stopped and what ignores signals too', async () => {
    await using shim = await runShim([
      'sh',
      '-c',
      'trap "" TERM HUP INT; (kill -STOP $BASHPID; sleep 1000) & sleep 1000',
    ]);
    expect(await shim.talk.ask('kill')).toBe('ok');
    await shim.talk.hear('empty');
    expect(descendants(shim.pid)).toEqual([]);
  });

  it('ends processes that never stop forking', async () => {
    await using shim = await runShim([fixture('storms'), '8']);
    await line(shim.launcher, 'storming');
    expect(await shim.talk.ask('kill')).toBe('ok');
    await shim.talk.hear('empty');
    expect(descendants(shim.pid)).toEqual([]);
  });

  it('finds nothing to do where nothing is alive', async () => {
    await using shim = await runShim(['true']);
    await shim.talk.hear('empty');
    expect(await shim.talk.ask('kill')).toBe('ok');
    expect(await shim.talk.ask('end')).toBe('ok');
    await shim.talk.end();
    await gone(shim.pid);
    expect(existsSync(shim.path)).toBe(false);
    expect(existsSync(`${shim.path}.lock`)).toBe(false);
  });
});

describe('a signal to the shim itself', () => {
  it('is forwarded to the main process, but TERM is the stop signal', async () => {
    await using shim = await runShim([fixture('prints-signals'), 'child'], ['--stop-signal', 'QUIT']);
    await line(shim.launcher, /^main ready/);
    for (const [sent, arrives] of [
      [1, 1],
      [10, 10],
      [28, 28],
      [40, 40],
      [15, 3],
    ] as const) {
      signal(shim.pid, sent);
      await line(shim.launcher, `main ${arrives}`);
    }
    expect(shim.launcher.stdout()).not.toMatch(/^main 15$/m);
    expect(shim.launcher.stdout()).not.toMatch(/^child \d+$/m);
  });

  it('of TERM ends it when the main process has ended and nothing is left', async () => {
    await using shim = await runFamily();
    signal(shim.pid, 15);
    await shim.talk.hear(/^main signaled \d+ \d+ 15$/);
    expect(await shim.talk.ask(`signal ${reference(shim.first)} 9`)).toBe('ok');
    expect(await shim.talk.ask(`signal ${reference(shim.second)} 9`)).toBe('ok');
    await shim.talk.hear('empty');
    await shim.talk.end();
    await gone(shim.pid);
    expect(existsSync(shim.path)).toBe(false);
  });

  it('of TERM ends it at once when nothing is left already', async () => {
    await using shim = await runShim(['true']);
    await shim.talk.hear('empty');
    signal(shim.pid, 15);
    await gone(shim.pid);
  });

  it('of TERM stops an heir that takes over, too', async () => {
    await using shim = await runFamily();
    const heir = reference(shim.first);
    await shim.talk.ask(`heir ${heir}`);
    signal(shim.pid, 15);
    await shim.talk.hear(`main signaled ${heir} 15`);
  });
});

describe('a stop timeout', () => {
  const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 1000; done'];

  it('ends what does not heed a TERM to the shim, and what is left of it', async () => {
    await using shim = await runShim(stubborn, ['--stop-timeout', '0']);
    signal(shim.pid, 15);
    await shim.talk.hear(/^main signaled \d+ \d+ 9$/);
    await gone(shim.pid);
    expect(shim.launcher.offspring()).toEqual([]);
  });
});

describe('a shim that lingers only so long', () => {
  it('stops its command when the last client has hung up and none comes', async () => {
    await using shim = await runShim(
      ['sh', '-c', 'trap "echo told; exit" TERM; echo set; sleep 1000 & wait'],
      ['--linger', '1'],
    );
    await line(shim.launcher, 'set');
    using other = talk(shim.path);
    await other.hear('ready');
    shim.talk[Symbol.dispose]();
    await until(async () => {
      using third = talk(shim.path);
      await third.hear('ready');
      return true;
    }, 'a client that hangs up again, and is not the last');
    expect(await other.ask('thaw')).toBe('ok');
    other[Symbol.dispose]();
    await line(shim.launcher, 'told');
  });

  it('does so where no client has ever come', async () => {
    await using dir = await tempDir();
    const path = join(dir.path, 'shim.sock');
    const options = ['--linger', '0', '--stop-timeout', '0'];
    const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 1000; done'];
    await using launcher = startCommand([ppidshim, '--run', '--socket', path, ...options, '--', ...stubborn]);
    expect((await launcher.exit).code).toBe(0);
    await until(() => launcher.offspring().length === 0, 'the end of it all');
    expect(existsSync(path)).toBe(false);
  });
});

describe('a client', () => {
  it('is one of four: a fifth is hung up on, and a place becomes free again', async () => {
    await using shim = await runShim(['sleep', '1000']);
    using clients = new DisposableStack();
    const others = [1, 2, 3].map(() => clients.use(talk(shim.path)));
    for (const other of others) await other.hear('ready');
    const fifth = clients.use(talk(shim.path));
    await fifth.end();
    expect(fifth.heard).toEqual([]);
    others[0]?.[Symbol.dispose]();
    await until(async () => {
      const next = clients.use(talk(shim.path));
      await until(() => next.closed || next.heard.includes('ready'), 'an answer');
      return !next.closed;
    }, 'a free place');
  });

  it('that never reads is hung up on, and nobody else notices', async () => {
    await using shim = await runShim(['sleep', '1000']);
    using deaf = talk(shim.path);
    await deaf.hear('ready');
    deaf.socket.pause();
    const requests = '1 thaw\n'.repeat(500);
    await until(() => {
      if (!deaf.socket.writable) return true;
      deaf.socket.write(requests);
      return false;
    }, 'the end of the one that does not read');
    expect(await shim.talk.ask('signal main 18')).toBe('ok');
  });

  it('may go away in the middle of a line, and of its answer', async () => {
    await using shim = await runShim(['sleep', '1000']);
    for (let n = 0; n < 50; n++) {
      const client = talk(shim.path);
      client.socket.write('1 thaw\n2 signal all 18\n3 wat', () => client[Symbol.dispose]());
      await client.end();
    }
    expect(await shim.talk.ask('thaw')).toBe('ok');
    expect(isAlive({ pid: shim.pid, startTicks: readProcess(shim.pid)?.startTicks ?? 0 })).toBe(true);
  });
});

it('wakes up for nothing while nothing happens', async () => {
  await using shim = await runShim(['sleep', '1000']);
  const switches = (): string | undefined =>
    /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(readFileSync(`/proc/${shim.pid}/status`, 'latin1'))?.[1];
  await inState(shim.pid, 'S');
  const before = switches();
  const since = performance.now();
  await until(() => performance.now() > since + 1500, 'longer than the second at which others wake up');
  expect(switches()).toBe(before);
});
