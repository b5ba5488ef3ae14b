/** Leaving under init without a supervisor: what a failure before its start needs. */
import { openInitChannel } from '../effects/init-channel.ts';

/** Tells init, where there is one, to leave with this status and not to start us again. */
export async function leaveInit(env: NodeJS.ProcessEnv, status: number): Promise<void> {
  const channel = openInitChannel(env, () => undefined);
  await channel?.exit(status);
  channel?.close();
}
