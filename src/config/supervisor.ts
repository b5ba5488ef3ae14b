import type { SupervisorSpec } from '../model/spec.ts';
import type { ConfigShape } from './schema.ts';

/** The supervisor's own part of the configuration. */
export const supervisorSpec = ({ supervisor: { watchdog, orphans } }: ConfigShape): SupervisorSpec => ({
  watchdogMs: watchdog === 'off' ? undefined : watchdog,
  orphans,
});
