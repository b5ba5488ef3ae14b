/** Where the supervisor of a configuration lives. */
import { openRunDir } from '../effects/run-dir.ts';
import { instanceId } from '../model/identity.ts';
import type { Config } from '../model/spec.ts';

export { findRunDir, restoreRunDir } from '../effects/run-dir.ts';

/** Finds or creates it, with room for the names of all its instances. Fails with RUN_DIR_UNUSABLE. */
export const runDirFor = ({ services }: Config, env: Readonly<Record<string, string | undefined>>): string =>
  openRunDir(
    env,
    // The last has the longest name.
    services.map(({ name, instances }) => instanceId(name, instances)),
  );
