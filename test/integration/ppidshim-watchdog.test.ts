/** Init and supervisors that hang: with a shell in the supervisor's place, which says and hears what the test wants. */
import { describe, expect, it } from 'vitest';
import { line, ppidshim, stateOf } from '../fixtures/shim/rig.ts';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { descendants, readTitle } from '../rig/processes.ts';
import { until } from '../rig/until.ts';

/** `say` and `hear` are a supervisor's two ends of the line; `hang` turns no loop any more. */
const words = `
  eval "exec 8<&$BORGINIT_INIT_FD 9>&$BORGINIT_INIT_FD"
  say() { echo "$*" >&9; }
  hear() { read -r said <&8; echo "heard $said"; }
  hang() { sleep 1000 & wait; }
  echo "started $BORGINIT_RESTARTS"
`;

const startInit = (options: readonly string[], script: string): RunningCommand =>
  startCommand([ppidshim, '--init', ...options, '--', 'sh', '-c', words + script]);

/** What the first supervisor does, and what every later one. */
const first = (script: string, later: string): string =>
  `if [ $BORGINIT_RESTARTS = 0 ]; then ${script}; else ${later}; fi`;

const silentFor = (seconds: number): string =>
  `ppidshim: the supervisor was silent for ${seconds} s: ended with SIGABRT\n`;

/** Lets time go by in which something might happen that must not. */
const pass = (ms: number): Promise<boolean> => {
  const since = performance.now();
  return until(() => performance.now() > since + ms, `${ms} ms`);
};

describe.concurrent('a supervisor that is silent for longer than it said', () => {
  it('is sent ABRT, and the next one is started', async () => {
    await using init = startInit([], first('trap "echo aborted; exit" ABRT; say watchdog 1; hang', 'say exit 5'));
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stdout()).toBe('started 0\naborted\nstarted 1\n');
    expect(init.stderr()).toBe(silentFor(1));
  });

  it('is killed when it does not end by that', async () => {
    await using init = startInit([], first('trap "" ABRT; say watchdog 1; hang', 'say exit 5'));
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stderr()).toBe(`${silentFor(1)}ppidshim: the supervisor did not end: ended with SIGKILL\n`);
  });

  it('leaves its trace even where it is stopped', async () => {
    const stopped = 'trap "echo aborted; exit" ABRT; say watchdog 1; kill -STOP $$; hang';
    await using init = startInit([], first(stopped, 'say exit 5'));
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stdout()).toContain('aborted\n');
    expect(init.stderr()).toBe(silentFor(1));
  });

  it('is left alone as long as it says anything at all', async () => {
    const talk = 'say watchdog 3; for n in 1 2 3 4 5 6 7 8 9 10; do say nonsense; sleep 0.6; done; echo talked; hang';
    await using init = startInit([], first(talk, 'say exit 5'));
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stdout()).toBe('started 0\ntalked\nstarted 1\n');
  });

  it('is left alone when it turns the watchdog off', async () => {
    await using init = startInit([], 'say watchdog 1; say watchdog 0; sleep 3; say exit 5');
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stdout()).toBe('started 0\n');
  });

  it('is ended though its line is shut down', async () => {
    const shut = 'exec node -e "new (require(\\"net\\").Socket)({ fd: 9 }).end(); setInterval(() => {}, 1000)"';
    await using init = startInit([], first(`say watchdog 3; ${shut}`, 'say exit 5'));
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stderr()).toBe(silentFor(3));
  });
});

describe.concurrent('a start', () => {
  it('ends when nothing is said in time', async () => {
    await using init = startInit(['--start-timeout', '1'], first('hang', 'say exit 5'));
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stderr()).toBe(silentFor(1));
  });

  it('is followed by no silence that ends it, when nothing was said of a watchdog', async () => {
    await using init = startInit(['--start-timeout', '1'], 'say title web; sleep 3; say exit 5');
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stdout()).toBe('started 0\n');
  });

  it('may take for ever where it is allowed to, a stop too', async () => {
    const options = ['--start-timeout', '0', '--stop-timeout', '1'];
    await using init = startInit(options, 'hear; sleep 9; say exit 5');
    await line(init, 'started 0');
    init.kill('SIGTERM');
    expect(await init.exit).toEqual({ code: 5, signal: null });
    expect(init.stdout()).toBe('started 0\nheard signal 15\n');
  });

  it('that hangs is a death like any other, however long it takes', async () => {
    const dieNineTimes = '[ $BORGINIT_RESTARTS -lt 9 ] && exit 1; hang';
    await using init = startInit(['--start-timeout', '11'], dieNineTimes);
    expect(await init.exit).toEqual({ code: 70, signal: null });
    const gaveUp = 'ppidshim: cannot keep the supervisor alive: it died 10 times in a row\n';
    expect(init.stderr()).toBe(silentFor(11) + gaveUp);
  });
});

describe.concurrent('a time in which everything stood still', () => {
  it('is no silence of the supervisor, once or again and again', async () => {
    await using init = startInit([], 'say watchdog 2; while :; do say alive; sleep 0.3; done');
    await line(init, 'started 0');
    const supervisor = await until(
      () => descendants(init.pid).find((row) => readTitle(row.pid).startsWith('sh')),
      'it',
    );
    for (let round = 0; round < 3; round++) {
      process.kill(supervisor.pid, 'SIGSTOP');
      init.kill('SIGSTOP');
      await until(() => stateOf(init.pid) === 'T', 'a standstill');
      await pass(2_500);
      // Init wakes first, and finds an empty line.
      init.kill('SIGCONT');
      await until(() => stateOf(init.pid) === 'S', 'init to have looked');
      process.kill(supervisor.pid, 'SIGCONT');
      await pass(300);
    }
    expect(init.stderr()).toBe('');
    process.kill(supervisor.pid, 'SIGSTOP');
    await line(init, 'started 1');
    expect(init.stderr()).toBe(silentFor(2));
  });

  it('is none either where it falls into both halves of the time', async () => {
    await using init = startInit([], 'say watchdog 2; while :; do say alive; sleep 0.3; done');
    await line(init, 'started 0');
    const supervisor = await until(
      () => descendants(init.pid).find((row) => readTitle(row.pid).startsWith('sh')),
      'it',
    );
    process.kill(supervisor.pid, 'SIGSTOP');
    for (let round = 0; round < 3; round++) {
      init.kill('SIGSTOP');
      await pass(2_500);
      init.kill('SIGCONT');
      await until(() => stateOf(init.pid) === 'S', 'init to have looked');
    }
    process.kill(supervisor.pid, 'SIGCONT');
    await pass(1_000);
    expect(init.stderr()).toBe('');
  });
});

describe.concurrent('a stop that is asked for while the supervisor hangs', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)('is carried out by the next one: %s', async (signal) => {
    const later = 'say watchdog 60; hear; say exit 42';
    await using init = startInit([], first('say watchdog 60; echo ready; hang', later));
    await line(init, 'ready');
    init.kill(signal);
    expect(await init.exit).toEqual({ code: 42, signal: null });
    expect(init.stdout()).toMatch(/^started 0\nready\nstarted 1\nheard signal \d+\n$/);
    expect(init.stderr()).toBe(silentFor(5));
  });

  it('is carried out by init when no supervisor does: TERM for all, KILL for who ignores it', async () => {
    const services =
      '((trap "echo stopped; exit" TERM; echo armed; sleep 1000 & wait) &); ((trap "" TERM; sleep 1000) &)';
    await using init = startInit(
      ['--stop-timeout', '600'],
      `${first(services, 'true')}; say watchdog 60; say stop-timeout 1; echo ready; hang`,
    );
    await line(init, 'armed');
    await line(init, 'ready');
    init.kill('SIGTERM');
    expect(await init.exit).toEqual({ code: 70, signal: null });
    expect(init.stdout()).toMatch(/^stopped$/m);
    const stopping = 'ppidshim: no supervisor stops the services in time: stopping them\n';
    expect(init.stderr()).toBe(silentFor(5) + stopping);
  });

  it('is carried out by init when the signal was heard and forgotten', async () => {
    await using init = startInit(
      ['--stop-timeout', '1'],
      'say watchdog 60; hear; while :; do say alive; sleep 1; done',
    );
    await line(init, 'started 0');
    init.kill('SIGTERM');
    expect(await init.exit).toEqual({ code: 70, signal: null });
    expect(init.stdout()).toBe('started 0\nheard signal 15\n');
  });

  it('is carried out by init while supervisors die', async () => {
    const options = ['--stop-timeout', '1'];
    await using init = startInit(options, '[ $BORGINIT_RESTARTS -lt 2 ] && exit 1; hang');
    await line(init, 'started 1');
    init.kill('SIGTERM');
    expect(await init.exit).toEqual({ code: 70, signal: null });
  });
});

describe.concurrent('a supervisor that has decided', () => {
  it('is ended when it does not end by itself', async () => {
    await using init = startInit([], 'say watchdog 60; say exit 3; hang');
    expect(await init.exit).toEqual({ code: 3, signal: null });
    expect(init.stderr()).toBe(silentFor(5));
  });
});

describe.concurrent('a supervisor that stops the services', () => {
  it('is not cut while it says so', async () => {
    const stop = 'for n in 1 2 3 4 5 6 7 8 9 10; do say stopping; sleep 1; done; say exit 3';
    await using init = startInit(['--stop-timeout', '1'], `say watchdog 60; hear; ${stop}`);
    await line(init, 'started 0');
    init.kill('SIGTERM');
    expect(await init.exit).toEqual({ code: 3, signal: null });
    expect(init.stderr()).toBe('');
  });

  it('has a successor when it hangs meanwhile', async () => {
    await using init = startInit([], first('say watchdog 60; say stopping; hang', 'say exit 6'));
    expect(await init.exit).toEqual({ code: 6, signal: null });
    expect(init.stderr()).toBe(silentFor(5));
  });

  it('is not waited for when what init was sent is no stop', async () => {
    await using init = startInit(['--stop-timeout', '1'], 'say watchdog 60; hear; say serving; sleep 9; say exit 4');
    await line(init, 'started 0');
    init.kill('SIGQUIT');
    expect(await init.exit).toEqual({ code: 4, signal: null });
    expect(init.stderr()).toBe('');
  });
});
