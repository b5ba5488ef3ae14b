import { hostname } from 'node:os';
import type { Config, RolloutSpec } from '../model/spec.ts';
import type { Problem } from './issue.ts';
import type { ConfigShape } from './schema.ts';
import { absolute } from './service.ts';
import { formatDuration } from './units.ts';

/** The spec of a rollout; undefined where nothing keeps this borginit from moving at once. */
export function rolloutSpec({ revision, rollout }: ConfigShape, directory: string): RolloutSpec | undefined {
  const splayMs = revision?.splay ?? 0;
  const canary = revision?.canary;
  if (splayMs === 0 && canary === undefined && rollout === undefined) return undefined;
  return {
    name: canary?.on ?? hostname(),
    splayMs,
    canary: canary && { percent: canary.percent, afterMs: canary.after },
    permit: rollout && { lock: absolute(rollout.lock, directory), atMost: rollout.atMost },
  };
}

/** A rollout of nothing. */
export const rolloutProblems = ({ revision, rollout }: ConfigShape): Problem[] =>
  rollout !== undefined && revision === undefined
    ? [{ path: ['rollout'], problem: 'no revision file is configured: expected revision.file beside it' }]
    : [];

/** What is allowed and is probably not meant. */
export function rolloutDoubts({ rollout, services }: Config): Problem[] {
  if (rollout === undefined) return [];
  const path = ['revision'];
  const { splayMs, canary } = rollout;
  const isLate = canary !== undefined && canary.percent > 0 && canary.percent < 100 && splayMs >= canary.afterMs;
  return [
    ...(isLate
      ? [
          {
            path: [...path, 'splay'],
            problem: `as long as canary.after (${formatDuration(canary.afterMs)}) or longer: some move before the last canary has`,
          },
        ]
      : []),
    ...(services.some(({ reload }) => reload.on === 'revision')
      ? []
      : [{ path, problem: 'no service is reloaded on revision, so there is nothing to roll out' }]),
  ];
}
