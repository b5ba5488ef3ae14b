/** An application's home with a borginit that serves it: what most reload tests begin with. */
import type { Operation, OperationResult } from '../../src/model/operation.ts';
import type { ReloadRecord } from '../../src/model/reload-record.ts';
import type { InstanceSnapshot, Snapshot } from '../../src/model/snapshot.ts';
import { join } from 'node:path';
import { startBorginit, type Borginit } from './borginit.ts';
import { request } from './request.ts';
import { createAppHome, type AppHome, type AppHomeOptions, type ReleaseKind } from './releases.ts';
import { until } from './until.ts';

export interface Deployment extends AsyncDisposable {
  readonly home: AppHome;
  readonly borginit: Borginit;
  /** Deploys a new revision and waits until its reload has ended. */
  deploy(revision: string, kind: ReleaseKind): Promise<ReloadRecord>;
  /** The same for a release that is there. */
  moveTo(revision: string): Promise<ReloadRecord>;
  /** Waits until the reload to a revision has ended. */
  ends(revision: string): Promise<ReloadRecord>;
  instance(): Promise<InstanceSnapshot>;
  /** Waits until a reload is in this phase. */
  reaches(phase: string): Promise<InstanceSnapshot>;
  /** Asks borginit for something, and waits for what comes of it. */
  operate(kind: Operation['kind'], ...options: readonly string[]): Promise<readonly OperationResult[]>;
  status(): Promise<Snapshot>;
}

export interface DeploymentOptions extends AppHomeOptions {
  readonly reload?: Readonly<Record<string, unknown>>;
  readonly health?: Readonly<Record<string, unknown>> | undefined;
  /** More keys of the service, or others. */
  readonly service?: (home: AppHome) => Readonly<Record<string, unknown>>;
  readonly pid1?: boolean;
  /** Another package's `bin/borginit.js`. */
  readonly launcher?: string;
  /** What revision r0 is; good, unless said otherwise. */
  readonly first?: ReleaseKind;
  /** Return as soon as borginit can be asked, and not when the service is healthy. */
  readonly early?: boolean;
  /** Beside the revision's file. */
  readonly revision?: Readonly<Record<string, unknown>>;
  readonly rollout?: Readonly<Record<string, unknown>>;
  /** More services, beside `web`. */
  readonly services?: Readonly<Record<string, object>>;
  /** Of borginit itself. */
  readonly env?: Readonly<Record<string, string>>;
  /** Profiles of the configuration's own. */
  readonly servers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What borginit calls a server that is the rig's own. */
const serverOf: Readonly<Partial<Record<AppHome['server'], string>>> = { 'stand-in': 'unicorn', activated: 'none' };

/** The configuration of one service `web` in an application's home. */
export const configFor = (home: AppHome, options: Partial<DeploymentOptions> = {}) => ({
  name: 'shop',
  revision: { file: home.revisionFile, ...options.revision },
  ...(options.rollout === undefined ? {} : { rollout: options.rollout }),
  ...(options.servers === undefined ? {} : { servers: options.servers }),
  services: {
    web: {
      command: home.command,
      server: serverOf[home.server] ?? home.server,
      cwd: home.path,
      env: home.env,
      health: { ...home.health, interval: '1s', timeout: '1s', ...options.health },
      reload: { soak: '300ms', timeout: '60s', ...options.reload },
      ...options.service?.(home),
    },
    ...options.services,
  },
});

/** Starts with revision r0, and waits until it is healthy. */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const home = await createAppHome(options);
  await home.addRelease('r0', options.first);
  await home.pointTo('r0');
  const borginit = await startBorginit({
    config: configFor(home, options),
    pid1: options.pid1 ?? true,
    ...(options.launcher === undefined ? {} : { launcher: options.launcher }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const statusUrl = `unix:${join(borginit.runDir, 'control.sock')}:/v1/status`;
  const status = async (): Promise<Snapshot> => JSON.parse((await request(statusUrl)).body) as Snapshot;
  const instance = async (): Promise<InstanceSnapshot> => {
    const [first] = (await status()).services['web']?.instances ?? [];
    if (first === undefined) throw new Error('cannot see the service web');
    return first;
  };
  const dispose = async (): Promise<void> => {
    await borginit[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  };
  try {
    const isUp = ({ health }: InstanceSnapshot): boolean => options.early === true || health === 'healthy';
    await until(async () => isUp(await instance()), 'a healthy service');
  } catch (error) {
    const log = borginit.stderr();
    await dispose();
    throw new Error(`cannot start the deployment: ${log}`, { cause: error });
  }
  const ends: Deployment['ends'] = (revision) =>
    until(
      async (note) => {
        const { lastReload } = await instance();
        note(lastReload);
        return lastReload?.to.revision === revision ? lastReload : undefined;
      },
      `the end of the reload to ${revision}`,
      90_000,
    );
  const moveTo: Deployment['moveTo'] = async (revision) => {
    await home.pointTo(revision);
    return ends(revision);
  };
  return {
    home,
    borginit,
    instance,
    operate: async (kind, ...options) =>
      (JSON.parse((await borginit.cli(kind, ...options, '--json')).stdout) as { results: readonly OperationResult[] })
        .results,
    reaches: (phase) =>
      until(async (note) => {
        const now = await instance();
        note(now);
        return now.state === 'reloading' && now.detail.split(':')[0] === phase && now;
      }, `a reload that is ${phase}`),
    ends,
    moveTo,
    status,
    async deploy(revision, kind) {
      await home.addRelease(revision, kind);
      return moveTo(revision);
    },
    [Symbol.asyncDispose]: dispose,
  };
}
