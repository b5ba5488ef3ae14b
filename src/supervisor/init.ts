/** Leaving under init without a supervisor: what a failure before its first start needs. */
import { openInitChannel } from '../effects/init-channel.ts';

/**
 * Tells init, where there is one, to leave with this status and not to start us again. Not once a supervisor has run:
 * its services live, and init would end them with us. It tries again, for whatever is wrong may be mended.
 */
export async function leaveInit(env: NodeJS.ProcessEnv, status: number): Promise<void> {
  const channel = openInitChannel(env, () => undefined);
  if (channel?.restarts === 0) await channel.exit(status);
  channel?.close();
}
