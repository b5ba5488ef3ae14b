/** What a master that renews its workers needs is not there: where it would end of that, it is not asked, if that can be known. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { leavesNothing, pidsOf, servesAlone } from '../rig/generations.ts';
import { inPlaceServers, type InPlaceServer } from '../rig/in-place.ts';
import { startLoad } from '../rig/load.ts';
import { configurationOf, makeReadOnly, moveAway, removable, removableByBundler } from '../rig/obstacles.ts';
import { until } from '../rig/until.ts';

type Key = keyof typeof inPlaceServers;

/** What comes of a reload: nothing is asked of the server, it does not need what is missing, or it ends. */
type Fate = { readonly refused: RegExp } | 'reloaded' | 'ended';

interface Obstacle {
  readonly name: string;
  /** What it returns takes the obstacle away. */
  readonly put: (deployment: Deployment, server: InPlaceServer['server']) => (() => unknown) | Promise<() => unknown>;
  readonly fates: Readonly<Partial<Record<Key, Fate>>>;
}

const absent = (what: RegExp) => ({
  refused: new RegExp(`^no new generation could start: its ${what.source} is not there$`),
});
const program = absent(/program .*\/bin\/[\w.-]+/);
const directory = absent(/working directory .*\/current/);
const gemfile = absent(/Gemfile .*\/current\/Gemfile/);
const unchecked = { refused: /^the check of its configuration exited with \d+: / };

const readOnly: Obstacle['put'] = ({ home, borginit }) => makeReadOnly(borginit, dirname(home.pidFile));

const obstacles: readonly Obstacle[] = [
  {
    name: 'its program',
    put: ({ home }, server) => moveAway(join(home.path, 'bin', server === 'puma' ? 'bundle' : programOf(home.command))),
    fates: { nginx: program, puma: program, preloadedPuma: program, 'php-fpm': program },
  },
  {
    // Ruby knows the path of its own program, and executes that.
    name: 'the interpreter that its script names',
    put: ({ home }) => moveAway(join(home.path, 'bin/ruby')),
    fates: { puma: 'reloaded', preloadedPuma: 'reloaded' },
  },
  {
    name: 'its configuration',
    put: ({ home }, server) => moveAway(join(home.current, configurationOf(server))),
    fates: { nginx: unchecked, puma: 'reloaded', preloadedPuma: 'ended', 'php-fpm': unchecked },
  },
  {
    name: 'its Gemfile',
    put: ({ home }) => moveAway(join(home.current, 'Gemfile')),
    fates: { puma: gemfile, preloadedPuma: gemfile },
  },
  {
    name: 'its working directory',
    put: ({ home }) => moveAway(home.current),
    fates: { nginx: directory, puma: directory, preloadedPuma: directory, 'php-fpm': directory },
  },
  {
    name: 'a directory for its pid file that it may write to',
    put: readOnly,
    fates: { nginx: unchecked, puma: 'reloaded', preloadedPuma: 'ended', 'php-fpm': 'ended' },
  },
];

const programOf = ([program]: readonly string[]): string => program?.split('/').at(-1) ?? '';

const servers = (Object.keys(inPlaceServers) as Key[]).map((key) => ({ ...inPlaceServers[key], key }));

describe.each(servers)('$name', ({ key, ...server }) => {
  const service = server.server === 'puma' ? removableByBundler : removable;
  const mine = obstacles.flatMap(({ fates, ...obstacle }) => {
    const fate = fates[key];
    return fate === undefined ? [] : [{ ...obstacle, fate, then: typeof fate === 'string' ? fate : 'refused' }];
  });
  let deployment: Deployment;
  let served = 'r0';

  beforeAll(async () => {
    deployment = await startDeployment({
      ...server,
      reload: { on: 'request' },
      service: (home) => (giveGemfile(home.current), service(home)),
    });
    await deployment.home.addRelease('next');
    giveGemfile(join(deployment.home.path, 'releases/next'));
  });
  afterAll(() => deployment[Symbol.asyncDispose]());

  it.each(mine)('is $then when it is reloaded without $name', async ({ put, fate }) => {
    const { home } = deployment;
    const before = pidsOf(deployment);
    const next = served === 'r0' ? 'next' : 'r0';
    await home.pointTo(next);
    await using load = await startLoad({ url: home.url, connections: 2 });
    const takeAway = await put(deployment, server.server);
    const record = (await deployment.operate('reload', '--force'))[0]?.reload;
    if (fate !== 'ended') {
      const isRefused = fate !== 'reloaded';
      expect(record).toMatchObject({ outcome: isRefused ? 'rolled-back' : 'reloaded', to: { revision: next } });
      if (isRefused) expect(record?.why).toMatch(fate.refused);
      else served = next;
      await servesAlone(deployment, served);
      if (isRefused) expect(pidsOf(deployment)).toEqual(before);
      expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
      await takeAway();
      return;
    }
    expect(record).toMatchObject({ outcome: 'failed' });
    expect(record?.why).toMatch(/^the server exited with \d+ as it was reloaded: its own log says why$/);
    await takeAway();
    served = next;
    await servesAlone(deployment, served);
    for (const error of (await load.stop()).errors) expect(error).toMatch(/ECONNRE(?:FUSED|SET)$/);
  });

  it('does not start while it may not write its pid file, and starts when it may', async () => {
    await deployment.borginit.cli('stop');
    await deployment.home.pointTo(served);
    const takeAway = await readOnly(deployment, server.server);
    // It waits for a healthy service, which there is not.
    const started = deployment.borginit.cli('start');
    await until(async (note) => {
      const now = await deployment.instance();
      note(now);
      return now.state === 'backoff' && /^exited with \d+$/.test(now.detail);
    }, 'a start that failed');
    await takeAway();
    await started;
    await servesAlone(deployment, served);
    await leavesNothing(deployment);
  });
});

function giveGemfile(release: string): void {
  writeFileSync(join(release, 'Gemfile'), "gem 'puma'\ngem 'rack'\n");
}
