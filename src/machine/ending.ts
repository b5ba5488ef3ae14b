/** A generation has ended and nothing is left of it: what now? */
import type { ProcessRef } from '../model/process.ts';
import { exitStatus, type ExitOutcome } from '../model/outcome.ts';
import type { Millis } from '../model/identity.ts';
import type { RestartSpec } from '../model/spec.ts';
import { to } from './enter.ts';
import type { Afterwards, Instance } from './life.ts';
import type { Plan } from './reload/state.ts';
import { withLedger, type Step, type Turn } from './step.ts';

/** Nothing is alive below the shim: it is released, and what was planned follows. */
export function ended(turn: Turn, instance: Instance, outcome: ExitOutcome, then: Afterwards): Step {
  const next = afterwards(turn, instance, outcome, then);
  return { instance: next.instance, effects: [{ kind: 'end-shim' }, ...next.effects] };
}

/** Nothing is left, and there is no shim to be told so. */
export function afterwards(turn: Turn, instance: Instance, outcome: ExitOutcome, then: Afterwards): Step {
  if (typeof then === 'object') return startReloaded(turn, instance, then);
  switch (then) {
    case 'rest':
      return to(turn, instance, { kind: 'down', why: 'asked', outcome });
    case 'restart':
      return startNext(turn, instance);
    case 'decide':
      return decide(turn, instance, outcome);
  }
}

/** The restart policy's answer to an end that nobody asked for. */
export function decide(turn: Turn, instance: Instance, outcome: ExitOutcome): Step {
  const { restart } = turn.spec;
  const { at, chance } = turn.stamp;
  const succeeded = exitStatus(outcome) === 0;
  if (restart.policy === 'never' || (restart.policy === 'on-failure' && succeeded)) {
    return to(turn, instance, { kind: 'down', why: 'completed', outcome });
  }
  const recent = instance.ledger.restartedAt.filter((instant) => at - instant < restart.giveUp.withinMs);
  if (recent.length >= restart.giveUp.after) return to(turn, instance, { kind: 'failed', outcome });
  const counted = withLedger(instance, {
    restartedAt: [...recent, at],
    restarts: instance.ledger.restarts + 1,
  });
  return to(turn, counted, { kind: 'backoff', outcome, until: at + backoffMs(restart, recent.length, chance) });
}

/** Doubles with each restart that still counts, up to the maximum; between half of it and all of it, by chance. */
export function backoffMs({ backoff }: RestartSpec, restarts: number, chance: number): Millis {
  const full = Math.min(backoff.maxMs, backoff.minMs * 2 ** restarts);
  return Math.round(full * (0.5 + chance / 2));
}

/** Starts the next generation. */
export function startNext(turn: Turn, instance: Instance): Step {
  const number = instance.ledger.newest + 1;
  return to(turn, withLedger(instance, { newest: number, reloadAsked: 'no' }), {
    kind: 'starting',
    number,
    revision: turn.revision,
    startedAt: turn.stamp.wall,
    wish: 'run',
    held: [],
    plan: undefined,
    after: shimOf(instance),
  });
}

const shimOf = ({ life }: Instance): ProcessRef | undefined => ('shim' in life ? life.shim : undefined);

/** Starts the generation that a reload was asked for, by the revision that is current now. */
const startReloaded = (turn: Turn, instance: Instance, plan: Plan): Step => {
  const { number } = plan.target;
  const { revision } = turn;
  return to(turn, instance, {
    ...{ kind: 'starting', number, revision, startedAt: turn.stamp.wall, wish: 'run', held: [] },
    plan: { ...plan, target: { number, revision } },
    after: shimOf(instance),
  });
};

/** Starts it because somebody or something new wants it: what went before no longer counts. */
export const startAfresh = (turn: Turn, instance: Instance): Step =>
  startNext(turn, withLedger(instance, { restartedAt: [] }));
