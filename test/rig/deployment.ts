/** An application's home with a borginit that serves it: what most reload tests begin with. */
import type { ReloadRecord } from '../../src/model/reload-record.ts';
import type { InstanceSnapshot, Snapshot } from '../../src/model/snapshot.ts';
import { startBorginit, type Borginit } from './borginit.ts';
import { createAppHome, type AppHome, type AppHomeOptions, type ReleaseKind } from './releases.ts';
import { until } from './until.ts';

export interface Deployment extends AsyncDisposable {
  readonly home: AppHome;
  readonly borginit: Borginit;
  /** Deploys a new revision and waits until its reload has ended. */
  deploy(revision: string, kind: ReleaseKind): Promise<ReloadRecord>;
  instance(): Promise<InstanceSnapshot>;
}

export interface DeploymentOptions extends AppHomeOptions {
  readonly reload?: Readonly<Record<string, string>>;
  readonly health?: Readonly<Record<string, unknown>> | undefined;
  readonly pid1?: boolean;
}

/** The configuration of one service `web` in an application's home. */
export const configFor = (home: AppHome, options: Partial<DeploymentOptions> = {}) => ({
  name: 'shop',
  revision: { file: home.revisionFile },
  services: {
    web: {
      command: home.command,
      server: home.server === 'stand-in' ? 'unicorn' : home.server,
      cwd: home.path,
      env: home.env,
      health: { ...home.health, interval: '1s', timeout: '1s', ...options.health },
      reload: { soak: '300ms', timeout: '60s', ...options.reload },
    },
  },
});

/** Starts with revision r0, which is good, and waits until it is healthy. */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const home = await createAppHome(options);
  await home.addRelease('r0');
  await home.pointTo('r0');
  const borginit = await startBorginit({ config: configFor(home, options), pid1: options.pid1 ?? true });
  const json = async <T>(...args: readonly string[]): Promise<T> =>
    JSON.parse((await borginit.cli(...args, '--json')).stdout) as T;
  const instance = async (): Promise<InstanceSnapshot> => {
    const [first] = (await json<Snapshot>('status')).services['web']?.instances ?? [];
    if (first === undefined) throw new Error('cannot see the service web');
    return first;
  };
  const dispose = async (): Promise<void> => {
    await borginit[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  };
  try {
    await until(async () => (await instance()).health === 'healthy', 'a healthy service');
  } catch (error) {
    const log = borginit.stderr();
    await dispose();
    throw new Error(`cannot start the deployment: ${log}`, { cause: error });
  }
  return {
    home,
    borginit,
    instance,
    async deploy(revision, kind) {
      await home.addRelease(revision, kind);
      await home.pointTo(revision);
      return until(
        async (note) => {
          const { lastReload } = await instance();
          note(lastReload);
          return lastReload?.to.revision === revision ? lastReload : undefined;
        },
        `the end of the reload to ${revision}`,
        90_000,
      );
    },
    [Symbol.asyncDispose]: dispose,
  };
}
