/** Is the service well? Verdicts in, one word out; nothing is done about it but telling. */
import type { InstanceEffect } from '../model/effect.ts';
import type { Verdict } from '../model/probe.ts';
import type { GenerationId, Millis } from '../model/identity.ts';
import type { HealthSpec } from '../model/spec.ts';
import type { Health } from './life.ts';
import type { Turn } from './step.ts';

/** Between two probes until the first one passes: a start should be noticed sooner than at the next interval. */
const startingEveryMs = 500;

/** A generation that has just begun. */
export const beginHealth = (spec: HealthSpec | undefined, at: Millis): Health =>
  spec === undefined ? { kind: 'none' } : { kind: 'starting', until: at + spec.startPeriodMs };

/** A generation that has just proved itself. */
export const provenHealth = (spec: HealthSpec | undefined): Health =>
  spec === undefined ? { kind: 'none' } : { kind: 'healthy', failures: 0 };

/** The timer for the next probe. */
export function nextHealthCheck(turn: Turn, generation: GenerationId, health: Health): readonly InstanceEffect[] {
  const spec = turn.spec.health;
  if (spec === undefined) return [];
  const wait = health.kind === 'starting' ? Math.min(startingEveryMs, spec.intervalMs) : spec.intervalMs;
  return [{ kind: 'timer', generation, timer: 'health', at: turn.stamp.at + wait }];
}

/** The probe itself. */
export function askHealth(turn: Turn, generation: GenerationId): readonly InstanceEffect[] {
  const spec = turn.spec.health;
  if (spec === undefined) return [];
  const { probe, timeoutMs } = spec;
  return [
    {
      ...{ kind: 'probe', generation, purpose: 'health', probe, timeoutMs, times: 1 },
      ...{ revision: undefined, frozen: [], master: undefined },
    },
  ];
}

/** What one more verdict makes of it. */
export function judge(spec: HealthSpec, health: Health, verdict: Verdict, at: Millis): Health {
  if (verdict.kind === 'passed') {
    return health.kind === 'healthy' && health.failures === 0 ? health : { kind: 'healthy', failures: 0 };
  }
  switch (health.kind) {
    case 'starting':
      return at < health.until ? health : { kind: 'unhealthy', problem: verdict.problem };
    case 'healthy':
      return health.failures + 1 < spec.retries
        ? { kind: 'healthy', failures: health.failures + 1 }
        : { kind: 'unhealthy', problem: verdict.problem };
    case 'unhealthy':
    case 'none':
      return { kind: 'unhealthy', problem: verdict.problem };
  }
}
