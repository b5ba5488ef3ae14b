import type { InstanceSnapshot, Snapshot } from '../../model/snapshot.ts';

/** What `GET /v1/health` answers. */
export interface HealthReport {
  readonly healthy: boolean;
  /** One clause for each instance that is not well. Shape: "web.1 is in backoff: exited with 3". */
  readonly problems: readonly string[];
}

/** Well means: every instance serves, or has done its work, and no health check has anything against it. */
export function reportHealth(snapshot: Snapshot): HealthReport {
  const problems = Object.entries(snapshot.services).flatMap(([service, { instances }]) =>
    instances.flatMap((instance) => problemOf(instance).map((what) => `${service}.${instance.instance} is ${what}`)),
  );
  return { healthy: problems.length === 0, problems };
}

function problemOf({ state, health, detail }: InstanceSnapshot): readonly string[] {
  if (state === 'completed') return [];
  const serves = state === 'running' || state === 'reloading';
  if (!serves) return [detail === '' ? state : `${state}: ${detail}`];
  if (health === 'unhealthy') return ['unhealthy'];
  if (health === 'starting') return ['running, but its health check has not passed yet'];
  return [];
}
