import { describe, expect, it } from 'vitest';
import type { Instance, Refused } from '../../../src/machine/life.ts';
import { planReload } from '../../../src/machine/reload/plan.ts';
import type { HealthSpec, ProbeSpec, ReloadSpec, RevisionPlace, ServiceSpec } from '../../../src/model/spec.ts';
import type { Revision } from '../../../src/model/identity.ts';
import type { Profile } from '../../../src/model/profile.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import {
  lives,
  now,
  r2,
  reloads,
  running,
  sampleHealth,
  sampleInstance,
  sampleReloading,
  sampleSpec,
} from '../sample.ts';

const plan = (spec: ServiceSpec, instance: Instance = sampleInstance(running), revision: Revision | undefined = r2) =>
  planReload({ spec, revision, at: now }, instance);

/** The steps in lines. Shape: "starting: send SIGUSR2 …" */
const lines = (...given: Parameters<typeof plan>): string[] =>
  plan(...given).steps.map(({ phase, text }) => `${phase}: ${text}`);

const inPhase = (phase: string, ...given: Parameters<typeof plan>): string[] =>
  plan(...given).steps.flatMap((step) => (step.phase === phase ? [step.text] : []));

const specOf = (server: Profile, reload: Partial<ReloadSpec> = {}, changes: Partial<ServiceSpec> = {}): ServiceSpec =>
  sampleSpec({ server, reload: { ...sampleSpec().reload, strategy: server.strategy, ...reload }, ...changes });

const http: HealthSpec = {
  ...sampleHealth,
  probe: {
    ...{ kind: 'http', path: '/ping', host: 'localhost' },
    revisionIn: { kind: 'header', name: 'X-Revision' },
    address: { kind: 'tcp', host: '127.0.0.1', port: 8080 },
  },
};

describe('the plan of a reload', () => {
  it('by reexec puts a new master beside the old one, and rolls back by signals', () => {
    const reload = { check: ['unicorn', '-t'], soakMs: 2_000 } as const;
    const spec = specOf(profiles.unicorn, reload, {
      prepare: ['bin/fetch', '${instance}'],
      health: http,
      cwd: '/srv/shop',
    });
    expect(lines(spec)).toEqual([
      'preparing: run the prepare hook, within 6s: bin/fetch 1',
      'preparing: see that /srv/shop and the program of the server are there',
      'preparing: have its configuration checked, within 6s: unicorn -t',
      'preparing: wait until the master shows that it has set its handlers',
      'starting: send SIGUSR2 to the old master, and find the new one beside it within 2s',
      'proving: within 6s of the request, wait for as many new workers as there are old ones, with the application loaded',
      'proving: condemn it if 3 of its workers end',
      'proving: see that the new master runs where /srv/shop leads now, if a link does',
      'proving: ask once as soon as one is ready: a wrong answer ends it there',
      'proving: ask for 2 answers in a row within 250ms while the old workers stand still, each naming r2 in X-Revision: ' +
        'GET /ping at 127.0.0.1:8080; if silent, again every 1s until then',
      'soaking: let both generations serve for 2s, asking once every 1s; then ask for 2 answers again, in the same way',
      'retiring: send SIGQUIT to the old master: from here on there is no way back; ' +
        'SIGKILL to what is left of the old generation after 3s',
      'otherwise: on a wrong answer, or if the new master ends: SIGSTOP to it, then SIGKILL to its workers and to it',
      'otherwise: on silence, or if workers end: SIGQUIT to the new master, and SIGKILL after 5s, or at once if none of them was ready',
      'otherwise: rolled back: the old generation, from which nothing was taken, serves on',
      'afterwards: a revision that failed is refused, until there is another or --force is given',
    ]);
  });

  it('asks for the revision where the answers name it', () => {
    const proofWith = (revisionIn: RevisionPlace | undefined) => {
      const probe = { ...http.probe, revisionIn } as ProbeSpec;
      const spec = specOf(profiles.unicorn, {}, { health: { ...http, probe } });
      return inPhase('proving', spec).at(-1);
    };
    expect(proofWith({ kind: 'body' })).toContain('stand still, each naming r2 in its body: GET /ping');
    expect(proofWith(undefined)).toContain('stand still: GET /ping');
  });

  it('by a signal has the same master renew its workers, and nothing to go back to', () => {
    expect(lines(specOf(profiles.nginx))).toEqual([
      'preparing: see that / and the program of the server are there',
      'preparing: wait until the master shows that it has set its handlers',
      'renewing: send SIGHUP to the master, which renews its workers, and see it begin within 5s',
      'proving: within 6s of the request, wait for as many new workers as there are old ones',
      'proving: condemn it if 3 of its workers end',
      'proving: ask for 2 answers in a row within 250ms while the old workers stand still: ' +
        'a connection to localhost:8000; if silent, again every 1s until then',
      'soaking: let it serve for 500ms; then ask for 2 answers again, in the same way',
      'retiring: wait for the old workers, which the master has told to go; ' +
        'SIGKILL to what is left of the old generation after 3s',
      'otherwise: rolled back, for nothing has changed: ' +
        'on a failure before the signal, or if nothing is seen to come of it',
      'otherwise: failed otherwise, for there is nothing to go back to: what there is serves on, unhealthy until it answers well',
      'otherwise: failed if the server ends over it: it is started again as its restart policy says',
      'afterwards: a revision that failed is refused, until there is another or --force is given',
    ]);
  });

  it('by a command judges by the answers alone', () => {
    const spec = specOf(profiles.none, { strategy: 'command', command: ['bin/reload', '--now'] });
    expect(lines(spec)).toEqual([
      'preparing: see that / and the program of the server are there',
      'renewing: run the reload command: bin/reload --now',
      'proving: within 6s of the request, see that the main process goes on running',
      'proving: ask for 2 answers in a row within 300ms: a connection to localhost:8000; if silent, again every 1s until then',
      'soaking: let it serve for 500ms; then ask for 2 answers again, in the same way',
      'otherwise: rolled back, for nothing has changed: ' +
        'on a failure before the command or of it, or if all old workers stay and no new one comes',
      'otherwise: failed otherwise, for there is nothing to go back to: what there is serves on, unhealthy until it answers well',
      'otherwise: failed if the server ends over it: it is started again as its restart policy says',
      'afterwards: a revision that failed is refused, until there is another or --force is given',
    ]);
  });

  it('by a restart says that nobody serves in between', () => {
    const spec = specOf(
      profiles.none,
      { strategy: 'restart' },
      { health: undefined, command: ['bin/app', '${instance}'] },
    );
    expect(lines(spec)).toEqual([
      'preparing: see that / and the program of the server are there',
      'stopping: send SIGQUIT to the main process, and SIGKILL after 2s: nobody serves from here on',
      'starting: start it anew: bin/app 1',
      'proving: within 6s of the request, see that the main process goes on running',
      'proving: there is no health check: only that it goes on running is proof',
      'soaking: let it serve for 500ms, and see that nothing of it ends',
      'otherwise: rolled back, for nothing has changed: on a failure before the stop',
      'otherwise: failed otherwise, for there is nothing to go back to: what there is serves on',
      'otherwise: failed if the server ends over it: it is started again as its restart policy says',
      'afterwards: a revision that failed is refused, until there is another or --force is given',
    ]);
  });

  it('has no step where there is no way to reload', () => {
    expect(plan(specOf(profiles.none))).toEqual({
      ...{ service: 'web', instance: 1, strategy: 'none', steps: [] },
      ...{ from: { generation: 1, revision: 'r1' }, to: { generation: 2, revision: 'r2' } },
    });
  });

  it('gives each limit also as a number', () => {
    const limits = plan(specOf(profiles.unicorn)).steps.map(({ phase, limitMs }) => [phase, limitMs]);
    expect(limits).toEqual(
      expect.arrayContaining([
        ['preparing', 6_000],
        ['starting', 2_000],
        ['proving', 250],
        ['soaking', 500],
        ['retiring', 3_000],
        ['otherwise', 5_000],
      ]),
    );
  });
});

describe('a trial in the plan', () => {
  const trial = { command: ['unicorn', '-p', '${port}'], env: {}, port: undefined, holdMs: 1_500 } as const;

  it.each([
    { port: undefined, where: 'a port that is free' },
    { port: 9000, where: 'port 9000' },
  ])('is on $where, before the master is signalled', ({ port, where }) => {
    const steps = lines(specOf(profiles.unicorn, { trial: { ...trial, port } }));
    const begins = steps.findIndex((line) => line.startsWith('trying'));
    expect(steps.slice(begins, begins + 4)).toEqual([
      `trying: start the next generation apart, on ${where}: unicorn -p \${port}`,
      'trying: ask it as the health check does until it answers, and 1.5s later for 2 answers in a row',
      'trying: end it: SIGQUIT, and SIGKILL after 2s',
      'preparing: wait until the master shows that it has set its handlers',
    ]);
  });
});

describe('the proof in the plan', () => {
  it.each([
    {
      server: profiles.gunicorn,
      strategy: 'reexec',
      waits: 'wait for as many new workers as there are old ones, with the application loaded',
    },
    { server: profiles['php-fpm'], strategy: 'signal', waits: 'wait for a new worker' },
    { server: profiles.unicorn, strategy: 'restart', waits: 'wait for a new worker, with the application loaded' },
    { server: profiles.nginx, strategy: 'command', waits: 'see that the main process goes on running' },
  ] as const)('of $server.name by $strategy: $waits', ({ server, strategy, waits }) => {
    const [first] = inPhase('proving', specOf(server, { strategy, command: ['true'] }));
    expect(first).toBe(`within 6s of the request, ${waits}`);
  });

  it('is the workers alone where there is no health check', () => {
    const steps = lines(specOf(profiles.unicorn, {}, { health: undefined }));
    expect(steps).toContain('proving: there is no health check: only that the workers stay is proof');
    expect(steps.filter((line) => /answer|unhealthy/.test(line))).toEqual([
      'otherwise: on a wrong answer, or if the new master ends: SIGSTOP to it, then SIGKILL to its workers and to it',
    ]);
  });

  it('lets no old worker stand still where none is left', () => {
    expect(inPhase('proving', specOf(profiles.uwsgi)).at(-1)).toBe(
      'ask for 2 answers in a row within 300ms: a connection to localhost:8000; if silent, again every 1s until then',
    );
  });

  it('by a signal of one’s own is that the program goes on running', () => {
    const inPlace = { signal: 'SIGUSR2', showsWithinMs: 60_000, executes: true } as const;
    const steps = lines(specOf({ ...profiles.none, inPlace }, { strategy: 'signal' }));
    expect(steps[1]).toBe(
      'renewing: send SIGUSR2 to the master, which executes itself anew, ' + 'and see it begin within 6s',
    );
    expect(steps.filter((line) => line.startsWith('retiring'))).toEqual([]);
  });

  it('is not followed by a soak where there is none', () => {
    expect(inPhase('soaking', specOf(profiles.unicorn, { soakMs: 0 }))).toEqual([]);
  });

  it.each([
    { server: profiles.uwsgi, strategy: 'signal', shown: ', and its workers that they are ready' },
    { server: profiles.nginx, strategy: 'signal', shown: '' },
    { server: profiles.unicorn, strategy: 'reexec', shown: '' },
  ] as const)('of $server.name by $strategy waits first for what is shown', ({ server, strategy, shown }) => {
    const text = `wait until the master shows that it has set its handlers${shown}`;
    expect(inPhase('preparing', specOf(server, { strategy })).at(-1)).toBe(text);
  });

  it.each([
    { probe: { kind: 'exec', command: ['bin/ask', '-q'], env: {} }, text: 'bin/ask -q' },
    { probe: { kind: 'tcp', address: { kind: 'unix', path: '/run/app' } }, text: 'a connection to /run/app' },
  ] as const)('asks $text', ({ probe, text }) => {
    const spec = specOf(profiles.unicorn, {}, { health: { ...sampleHealth, probe } });
    expect(inPhase('proving', spec).at(-1)).toContain(`: ${text}; if silent`);
  });

  it('asks for no revision where none is known', () => {
    const spec = specOf(profiles.unicorn, {}, { health: http });
    const unknown = planReload({ spec, revision: undefined, at: now }, sampleInstance(running));
    expect(unknown.steps.filter(({ text }) => text.includes('X-Revision'))).toEqual([]);
    expect(unknown.steps.at(-1)?.text).toBe('there is no revision that could be refused');
  });
});

describe('a revision that was refused', () => {
  const refused: Refused = { revision: r2, why: 'it answered 500', tries: 1, againAt: now + 1_500 };
  const retry = { times: 3, afterMs: 30_000 };
  const told = (changes: Partial<Refused>, reload: Partial<ReloadSpec>): string[] =>
    inPhase(
      'refused',
      specOf(profiles.unicorn, reload),
      sampleInstance(running, { refused: { ...refused, ...changes } }),
    );
  const text = 'revision r2 was refused: it answered 500; only --force tries it again';

  it.each([
    { what: 'for good', changes: { againAt: undefined }, reload: { retry }, steps: [text] },
    { what: 'for a while', changes: {}, reload: { retry }, steps: [`${text}, or borginit by itself in 1.5s`] },
    {
      what: 'and is due',
      changes: { againAt: 1 },
      reload: { retry },
      steps: [`${text}, or borginit by itself in 0ms`],
    },
    { what: 'where only requests reload', changes: {}, reload: { retry, on: 'request' as const }, steps: [text] },
    { what: 'before this one', changes: { revision: 'r0' as Revision }, reload: { retry }, steps: [] },
  ])('$what is told first', ({ changes, reload, steps }) => {
    expect(told(changes, reload)).toEqual(steps);
  });

  it('is tried again by itself only where the configuration says so, and follows the revision', () => {
    const again = 'what may pass, such as slowness, is tried again up to 3 times, 30s after each failure';
    expect(inPhase('afterwards', specOf(profiles.unicorn, { retry }))[0]).toBe(again);
    expect(inPhase('afterwards', specOf(profiles.unicorn, { retry, on: 'request' }))).not.toContain(again);
  });
});

describe('an instance', () => {
  it('that reloads waits for the end of that', () => {
    const { from, to, steps } = plan(specOf(profiles.unicorn), sampleReloading(reloads.proving));
    expect([from?.generation, to.generation]).toEqual([1, 3]);
    expect(steps[0]).toEqual({ phase: 'waiting', text: 'let the reload that is under way end', limitMs: null });
  });

  it('in backoff is started at once', () => {
    const { from, steps } = plan(specOf(profiles.unicorn), sampleInstance(lives.backoff));
    expect(from).toBeNull();
    expect(steps.map(({ phase }) => phase)).toEqual(['starting']);
  });

  it.each(['down', 'failed', 'stopping'] as const)('that is %s has no step', (kind) => {
    expect(plan(specOf(profiles.unicorn), sampleInstance(lives[kind])).steps).toEqual([]);
  });
});
