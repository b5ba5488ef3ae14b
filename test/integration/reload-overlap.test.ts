/** The command is started a second time beside the first, on sockets that the shim holds: any server that is handed them. */
import { describe, expect, it } from 'vitest';
import { startDeployment, type Deployment, type DeploymentOptions } from '../rig/deployment.ts';
import type { AppHome, ReleaseKind } from '../rig/releases.ts';
import { until } from '../rig/until.ts';
import { startLoad } from '../rig/load.ts';

type Server = 'activated' | 'gunicorn' | 'puma' | 'unicorn';

const start = (server: Server, options: Partial<DeploymentOptions> = {}): Promise<Deployment> =>
  startDeployment({
    server,
    health: { revisionHeader: 'X-Revision' },
    ...options,
    reload: { strategy: 'overlap', soak: '1s', timeout: '60s', ...options.reload },
    service: ({ port, env }) => ({
      listen: [`127.0.0.1:${port}`],
      env: server === 'puma' ? env : withoutPidFile(env),
    }),
  });

/** Two masters cannot have one, unless they do not care, as puma does not. */
const withoutPidFile = (env: AppHome['env']): AppHome['env'] =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PID_FILE'));

/** Everything that runs but borginit itself, by pid. */
const served = ({ borginit }: Deployment): readonly number[] =>
  borginit
    .processes()
    .filter(({ title }) => !/^(?:borginit|ppidshim)/.test(title))
    .map(({ pid }) => pid);

const answers = (deployment: Deployment, revision: string): Promise<unknown> =>
  until(async (note) => {
    const answer = await deployment.home.ask();
    note(answer);
    return answer.revision === revision;
  }, `an answer of ${revision}`);

interface Broken {
  readonly kind: ReleaseKind;
  readonly why: RegExp;
}

const wrong: Broken = { kind: 'answers-500', why: /^the new generation answered 500 to GET \/ping$/ };

const servers: readonly { readonly server: Server; readonly broken: readonly Broken[] }[] = [
  {
    server: 'activated',
    broken: [
      { kind: 'raises-at-boot', why: /^the new master exited with 1: / },
      { kind: 'hangs-at-boot', why: /^it was not proven in time: it does not accept connections yet$/ },
      wrong,
    ],
  },
  {
    server: 'gunicorn',
    broken: [{ kind: 'raises-at-boot', why: /^(?:the new master exited with \d|3 workers of the new)/ }, wrong],
  },
  {
    server: 'puma',
    broken: [
      { kind: 'raises-at-boot', why: /^(?:\d workers of the new generation have ended|it was not proven)/ },
      wrong,
    ],
  },
  { server: 'unicorn', broken: [wrong] },
];

describe.each(servers)('$server, started a second time', ({ server, broken }) => {
  it('takes over with no request lost, again and again, and leaves nothing of the first', async () => {
    await using deployment = await start(server);
    await using load = await startLoad({ url: deployment.home.url });
    for (const revision of ['r1', 'r2']) {
      const before = served(deployment);
      expect(await deployment.deploy(revision, 'good')).toMatchObject({ strategy: 'overlap', outcome: 'reloaded' });
      expect(served(deployment).filter((pid) => before.includes(pid))).toEqual([]);
      await answers(deployment, revision);
    }
    const { failed, errors } = await load.stop();
    // puma closes what it has accepted and not read when it is told to stop, however gently.
    if (server === 'puma') expect(errors.filter((error) => !error.endsWith('ECONNRESET'))).toEqual([]);
    else expect({ failed, errors }).toEqual({ failed: 0, errors: [] });
  });

  it.each(broken)('goes again when the release $kind, and the first serves on', async ({ kind, why }) => {
    const neverEnds = kind === 'hangs-at-boot' || kind === 'raises-at-boot';
    await using deployment = await start(server, { reload: neverEnds ? { timeout: '8s' } : {} });
    const before = await deployment.instance();
    const processes = served(deployment);
    const record = await deployment.deploy('bad', kind);
    expect(record.outcome).toBe('rolled-back');
    expect(record.why).toMatch(why);
    expect(await deployment.instance()).toMatchObject({ state: 'running', mainPid: before.mainPid, revision: 'r0' });
    await until(() => served(deployment).length === processes.length, 'the processes of before, and no others');
    expect(served(deployment)).toEqual(processes);
    await answers(deployment, 'r0');
  });
});
