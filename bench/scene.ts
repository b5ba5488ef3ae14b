import type { Contender } from './contenders.ts';
import type { Fixtures } from './fixtures.ts';
import type { Extent } from './options.ts';
import type { Findings } from './table.ts';

/** What every part of the benchmark is given. */
export interface Scene {
  readonly extent: Extent;
  readonly fixtures: Fixtures;
  /** Whether each contender becomes PID 1 of a namespace of its own. */
  readonly isolated: boolean;
  /** The Node that contenders run in. Another file than ours: a page that two processes map is nobody's own. */
  readonly node: string;
  /** Those of the neighbours that are installed. */
  readonly neighbours: readonly Contender[];
  /** Tells a person who waits what is being done. */
  progress(text: string): void;
}

export type Part = (scene: Scene) => Promise<Findings>;
