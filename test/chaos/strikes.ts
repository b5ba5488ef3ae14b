/** In which journalled states of a reload the supervisor was struck, and how often. */
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { until } from '../rig/until.ts';

/** All the states that a re-exec goes through. */
export const phases = ['preparing', 'starting', 'proving', 'soaking', 'retiring', 'rolling-back', 'salvaging'] as const;

export type Phase = (typeof phases)[number];

export const stateOf = (phase: Phase): string => `reloading/${phase}`;

export class Strikes {
  readonly #counts = new Map<string, number>();
  readonly #aimed = new Map<Phase, number>();

  count(state: string): void {
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + 1);
  }

  of(phase: Phase): number {
    return this.#counts.get(stateOf(phase)) ?? 0;
  }

  /** One that was not struck so often yet; it is aimed at three times as often at most, for some last hardly a millisecond. */
  next(times: number): Phase | undefined {
    const aimedAt = (phase: Phase): number => this.#aimed.get(phase) ?? 0;
    const [first] = phases
      .filter((phase) => this.of(phase) < times && aimedAt(phase) < 3 * times)
      .sort((a, b) => aimedAt(a) - aimedAt(b));
    if (first !== undefined) this.#aimed.set(first, aimedAt(first) + 1);
    return first;
  }

  /** Shape: ["   12 × reloading/proving"] */
  table(): readonly string[] {
    return [...this.#counts].sort().map(([state, count]) => `${String(count).padStart(5)} × ${state}`);
  }
}

export interface Journalled {
  /** Shape: "running", "reloading/proving"; "none" where there is no journal. */
  readonly state: string;
  /** The revision that the last reload was to. */
  readonly last: string | null;
}

interface Record {
  readonly content: {
    readonly instances: readonly {
      readonly id: string;
      readonly life?: { readonly kind: string; readonly reload?: { readonly phase: string } };
      readonly ledger: { readonly lastReload?: { readonly to: { readonly revision: string | null } } };
    }[];
  };
}

/** What the journal says of `web` now. Fails where it cannot be read. */
export function journalled(runDir: string): Journalled {
  const { content } = JSON.parse(readFileSync(join(runDir, 'journal.json'), 'utf8')) as Record;
  const web = content.instances.find(({ id }) => id === 'web.1');
  const { kind = 'none', reload } = web?.life ?? {};
  return {
    state: reload === undefined ? kind : `${kind}/${reload.phase}`,
    last: web?.ledger.lastReload?.to.revision ?? null,
  };
}

/**
 * Waits until a state is journalled, or the reload is over, at each change of the journal: some states last for
 * milliseconds. To be called before the reload begins.
 */
export async function journalTells(runDir: string, isMeant: (now: Journalled) => boolean): Promise<void> {
  const told = Promise.withResolvers<true>();
  let isTold = false;
  const look = (): boolean => {
    try {
      isTold ||= isMeant(journalled(runDir));
    } catch {
      // It is not there for as long as somebody has removed it.
    }
    return isTold;
  };
  const watcher = watch(runDir, () => {
    if (look()) told.resolve(true);
  });
  // Where the kernel has no watch left to tell, a look now and then has to do.
  await Promise.race([told.promise, until(look, 'a journalled state', 60_000)]).finally(() => watcher.close());
}
