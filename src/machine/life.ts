/**
 * The life of one instance: every state that it can be in, each with exactly the data that is true there.
 *
 * adopting ──► starting ──► running ◄──► reloading
 *    │            ▲            │             │
 *    │            │            ├─► searching ┤      the main process ended: does a successor live?
 *    │            │            ▼             ▼
 *    ├────────► backoff ◄── clearing ◄── stopping   the main process is gone, the rest is on its way
 *    │            │  ▲         │
 *    │            ▼  │         ▼
 *    │         failed│       down ◄──┐
 *    └────────► orphaned ────────────┘               the shim is gone: what it has left is on its way, too
 *
 * Into orphaned leads every state in which there is a shim, and out of it whatever was to follow that state.
 */
import type { InstanceId, Millis, Revision } from '../model/identity.ts';
import type { ExitOutcome } from '../model/outcome.ts';
import type { ProcessRef } from '../model/process.ts';
import type { ReloadRecord } from '../model/reload-record.ts';
import type { Signal } from '../model/signal.ts';
import type { Plan, Reload } from './reload/state.ts';

/** One main process and what it stands for. */
export interface Generation {
  readonly number: number;
  /** Undefined when it was started before the revision was known. */
  readonly revision: Revision | undefined;
  readonly main: ProcessRef;
  /** When it was started, by the wall clock. */
  readonly startedAt: Millis;
}

/** What is remembered of an instance whatever state it is in. */
export interface Ledger {
  /** The highest generation number given out; each start and each reload takes the next. */
  readonly newest: number;
  /** When it was last restarted because it had ended, within the window in which giving up counts. */
  readonly restartedAt: readonly Millis[];
  readonly restarts: number;
  /** A reload to this revision failed; it is not tried again before the file changes or an operator insists. */
  readonly refused: Refused | undefined;
  /** What an operator asked for while a reload was under way. */
  readonly reloadAsked: ReloadAsked;
  readonly lastReload: ReloadRecord | undefined;
}

/** `forced`: to a revision that was refused, too. */
export type ReloadAsked = 'no' | 'unforced' | 'forced';

export interface Refused {
  readonly revision: Revision;
  readonly why: string;
  /** How often it was tried. */
  readonly tries: number;
  /** When it is tried once more, because what went wrong may pass. */
  readonly againAt: Millis | undefined;
}

export type Health =
  | { readonly kind: 'none' }
  | { readonly kind: 'starting'; readonly until: Millis }
  | { readonly kind: 'healthy'; readonly failures: number }
  | { readonly kind: 'unhealthy'; readonly problem: string };

/** What somebody wants of an instance before there is anything to tell: that it runs, or in which way it stops. */
export type Wish = 'run' | 'graceful' | 'quick';

/** What follows when nothing of a generation is left. `decide`: the restart policy does. A plan: the rest of a reload. */
export type Afterwards = 'rest' | 'restart' | 'decide' | Plan;

export type Life =
  /** The supervisor is new: does a shim of an earlier one live? Whatever is asked before the answer is kept until then. */
  | {
      readonly kind: 'adopting';
      readonly was: Life | undefined;
      readonly era: Era;
      readonly wish: Wish;
      readonly held: readonly Signal[];
    }
  /** The shim is being started. A stop, and signals to pass on, may come before there is anything to signal. */
  | {
      readonly kind: 'starting';
      readonly number: number;
      readonly revision: Revision | undefined;
      readonly startedAt: Millis;
      readonly wish: Wish;
      readonly held: readonly Signal[];
      /** The reload that it is a part of; undefined for a start of its own. */
      readonly plan: Plan | undefined;
      /** The shim of the generation before, which is told to leave; undefined where there was none. */
      readonly after: ProcessRef | undefined;
    }
  | { readonly kind: 'running'; readonly shim: ProcessRef; readonly serving: Generation; readonly health: Health }
  | {
      readonly kind: 'reloading';
      readonly shim: ProcessRef;
      readonly serving: Generation;
      readonly health: Health;
      readonly reload: Reload;
    }
  | {
      readonly kind: 'searching';
      readonly shim: ProcessRef;
      readonly serving: Generation;
      readonly outcome: ExitOutcome;
    }
  /** The main process was told to stop; at `killAt` it is made to. `others` are masters beside it, told first. */
  | {
      readonly kind: 'stopping';
      readonly shim: ProcessRef;
      readonly serving: Generation;
      readonly others: readonly ProcessRef[];
      readonly signal: Signal;
      readonly killAt: Millis;
      readonly then: Afterwards;
    }
  /** The main process has ended; what it left behind is told to go when the masters beside it have gone, and at `killAt` made to. */
  | {
      readonly kind: 'clearing';
      readonly shim: ProcessRef;
      readonly others: readonly ProcessRef[];
      readonly outcome: ExitOutcome;
      readonly killAt: Millis;
      readonly then: Afterwards;
    }
  /**
   * The shim is no more, and what it has left is ended: `masters` first, by the stop signal, the rest when they have
   * gone, and all of it at `killAt`.
   */
  | {
      readonly kind: 'orphaned';
      readonly masters: readonly ProcessRef[];
      /** What lived at the last look. */
      readonly left: readonly ProcessRef[];
      /** Who has been signalled already. */
      readonly told: readonly ProcessRef[];
      readonly signal: Signal;
      readonly outcome: ExitOutcome;
      readonly killAt: Millis;
      readonly then: Afterwards;
    }
  | { readonly kind: 'backoff'; readonly outcome: ExitOutcome; readonly until: Millis }
  /** Not running, and rightly so: an operator asked, or the service has done its work. */
  | { readonly kind: 'down'; readonly why: 'asked' | 'completed'; readonly outcome: ExitOutcome | undefined }
  /** It ended too often: down until an operator or a new revision starts it. */
  | { readonly kind: 'failed'; readonly outcome: ExitOutcome };

export type LifeKind = Life['kind'];

/** Whether a journal was written under the init that runs now. What an earlier container left says nothing about who should be down. */
export type Era = 'same' | 'earlier';

export interface Instance {
  readonly id: InstanceId;
  readonly service: string;
  /** Counted from 1. */
  readonly number: number;
  readonly ledger: Ledger;
  readonly life: Life;
}

/** An instance known to be in a state. */
export type In<Kind extends LifeKind> = Instance & { readonly life: Extract<Life, { kind: Kind }> };

/** The refusal that stands between an instance and this revision: none where it serves that already. */
export function refusalOf(
  { ledger, life }: Pick<Instance, 'ledger' | 'life'>,
  revision: Revision | undefined,
): Refused | undefined {
  const serves = 'serving' in life && life.serving.revision === revision;
  return ledger.refused?.revision === revision && !serves ? ledger.refused : undefined;
}

/** What is to follow what it does now. A change of it is a decision as much as a change of state is. */
export function wishOf(life: Life): Afterwards | undefined {
  if ('then' in life) return life.then;
  return life.kind === 'starting' && life.wish !== 'run' ? 'rest' : undefined;
}

/** The main process and the masters beside it, as far as they are known. */
export function mastersIn(life: Life): readonly ProcessRef[] {
  if (life.kind === 'orphaned') return life.masters;
  const beside =
    'others' in life
      ? life.others
      : life.kind === 'reloading' && 'fresh' in life.reload
        ? [life.reload.fresh.master]
        : [];
  return 'serving' in life ? [life.serving.main, ...beside] : beside;
}

/** Every process of it that is known by who it is. */
export const knownIn = (life: Life): readonly ProcessRef[] =>
  life.kind === 'orphaned' ? [...life.masters, ...life.left] : mastersIn(life);

/** At rest nothing runs, and nothing will by itself. */
export const isAtRest = (life: Life): boolean => life.kind === 'down' || life.kind === 'failed';

/** Shape: "running", "reloading/proving". */
export const lifeName = (life: Life): string =>
  life.kind === 'reloading' ? `${life.kind}/${life.reload.phase}` : life.kind;
