/** What a new master needs is not there, or is in its way: the old generation serves on as if nobody had asked. */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReloadRecord } from '../../src/model/reload-record.ts';
import { startDeployment, type Deployment } from '../rig/deployment.ts';
import { leavesNothing, pidsOf, servesAlone } from '../rig/generations.ts';
import { startLoad } from '../rig/load.ts';
import { configurationOf, interpreterOf, makeReadOnly, moveAway, removable } from '../rig/obstacles.ts';

type Server = 'unicorn' | 'gunicorn';

/** Where a server keeps the pid of the second of two masters. */
const secondPidFiles = { unicorn: '.oldbin', gunicorn: '.2' };

interface Obstacle {
  readonly name: string;
  /** The release `next` is current; the reload comes afterwards. What it returns takes the obstacle away. */
  readonly put: (deployment: Deployment, server: Server) => (() => unknown) | Promise<() => unknown>;
  readonly why: Readonly<Record<Server, RegExp>>;
  /** What the server has to say, where it is asked at all. */
  readonly log?: RegExp;
}

const noneAppeared = /^no new master appeared, or it ended at once: its own log says why$/;
const hasEnded = /^the new master has ended: its own log says why$|^no new master appeared, or it ended at once/;
const programGone = /^no new generation could start: its program .*\/bin\/\w+ is not there$/;

const obstacles: readonly Obstacle[] = [
  {
    name: 'the program has been moved away',
    put: ({ home }, server) => moveAway(join(home.path, 'bin', server)),
    why: { unicorn: programGone, gunicorn: programGone },
  },
  {
    name: 'the interpreter has been moved away, as with a virtualenv that was built anew',
    put: ({ home }, server) => moveAway(join(home.path, 'bin', interpreterOf(server))),
    why: { unicorn: noneAppeared, gunicorn: programGone },
  },
  {
    name: 'the new release has no configuration file',
    put: ({ home }, server) => moveAway(join(home.current, configurationOf(server))),
    why: { unicorn: hasEnded, gunicorn: hasEnded },
    log: /No such file or directory|doesn't exist/,
  },
  {
    name: 'the working directory is gone',
    put: ({ home }) => moveAway(home.current),
    why: {
      unicorn: /^no new generation could start: its working directory .*\/current is not there$/,
      gunicorn: /^no new generation could start: its working directory .*\/current is not there$/,
    },
  },
  {
    name: 'the directory of the pid file has become read-only',
    put: ({ home, borginit }) => makeReadOnly(borginit, dirname(home.pidFile)),
    why: { unicorn: noneAppeared, gunicorn: hasEnded },
    log: /Read-only file system/,
  },
  {
    name: 'the pid file of a second master names a stranger that lives',
    put: ({ home }, server) => claim(`${home.pidFile}${secondPidFiles[server]}`),
    why: { unicorn: noneAppeared, gunicorn: hasEnded },
    log: /refusing rexec|Already running on PID 1/,
  },
];

/** PID 1 is no server, and it lives. */
function claim(pidFile: string): () => unknown {
  writeFileSync(pidFile, '1\n');
  return () => rmSync(pidFile);
}

/** It was refused with each obstacle before. */
const reload = async (deployment: Deployment): Promise<ReloadRecord | null | undefined> =>
  (await deployment.operate('reload', '--force'))[0]?.reload;

describe.each<Server>(['unicorn', 'gunicorn'])('a reload of %s', (server) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await startDeployment({ server, service: removable, reload: { on: 'request' } });
    await deployment.home.addRelease('next');
    await deployment.home.pointTo('next');
  });
  afterAll(() => deployment[Symbol.asyncDispose]());

  it.each(obstacles)('leaves the old generation as it is where $name', async ({ put, why, log }) => {
    const before = pidsOf(deployment);
    const said = deployment.borginit.stderr().length;
    await using load = await startLoad({ url: deployment.home.url, connections: 2 });
    const takeAway = await put(deployment, server);
    const record = await reload(deployment);
    expect(record).toMatchObject({ outcome: 'rolled-back', from: { revision: 'r0' }, to: { revision: 'next' } });
    expect(record?.why).toMatch(why[server]);
    if (log !== undefined) expect(deployment.borginit.stderr().slice(said)).toMatch(log);
    await servesAlone(deployment, 'r0');
    expect(pidsOf(deployment)).toEqual(before);
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    await takeAway();
  });

  it('succeeds when nothing is in its way any more', async () => {
    await using load = await startLoad({ url: deployment.home.url, connections: 2 });
    expect(await reload(deployment)).toMatchObject({ outcome: 'reloaded' });
    await servesAlone(deployment, 'next');
    expect(await load.stop()).toMatchObject({ failed: 0, errors: [] });
    await leavesNothing(deployment);
  });
});
