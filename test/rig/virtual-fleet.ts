/** Many borginits that see one revision file, in one virtual time. Nothing connects them but the file and the permits. */
import type { Life } from '../../src/machine/life.ts';
import type { Millis } from '../../src/model/identity.ts';
import type { ReloadRecord } from '../../src/model/reload-record.ts';
import type { Config, RolloutSpec } from '../../src/model/spec.ts';
import { VirtualPermits } from './virtual-rollout.ts';
import { VirtualTime } from './virtual-time.ts';
import type { Behaviour } from './virtual-unicorn.ts';
import { VirtualWorld } from './virtual-world.ts';

export interface Host {
  readonly name: string;
  readonly world: VirtualWorld;
}

export interface FleetOptions {
  readonly names: readonly string[];
  readonly config: Config;
  readonly rollout: Omit<RolloutSpec, 'name'>;
  readonly seed?: number;
}

export class VirtualFleet {
  readonly hosts: readonly Host[];
  readonly permits: VirtualPermits;
  readonly time: VirtualTime;
  #deployedAt: Millis = 0;

  /** Every host serves r1. */
  constructor({ names, config, rollout, seed = 1 }: FleetOptions) {
    this.permits = new VirtualPermits(rollout.permit?.atMost ?? 0);
    this.time = new VirtualTime(seed, () => undefined);
    this.hosts = names.map((name) => {
      const shared = { time: this.time, permits: this.permits, workers: 1, drainMs: 50 };
      return {
        name,
        world: new VirtualWorld({ ...shared, config: { ...config, rollout: { ...rollout, name } } }).begin(),
      };
    });
    const isUp = ({ world }: Host): boolean => world.serving.length > 0 && world.name === 'running';
    if (!this.time.runUntil(() => this.hosts.every(isUp), 60_000)) throw new Error('the fleet does not start');
  }

  deploy(revision: string, behaviour: Behaviour = 'good'): void {
    // In whole milliseconds, as the records count.
    this.time.run(Math.ceil(this.time.now) - this.time.now);
    this.#deployedAt = this.time.now;
    for (const { world } of this.hosts) world.deploy(revision, behaviour);
  }

  /** Goes on until so much later than the last deploy. */
  runTo(afterMs: Millis): void {
    this.time.run(this.#deployedAt + afterMs - this.time.now);
  }

  /** How much later than the last deploy each host that has moved to this revision, or tried to, began to. */
  movesTo(revision: string): ReadonlyMap<string, Millis> {
    const began = ({ startedAt }: ReloadRecord): Millis => Date.parse(startedAt) - wallAtStart - this.#deployedAt;
    return new Map(
      this.hosts.flatMap(({ name, world }) => {
        const record = world.records.find(({ to }) => to.revision === revision);
        return record === undefined ? [] : [[name, began(record)]];
      }),
    );
  }

  serving(revision: string): readonly Host[] {
    return this.hosts.filter(({ world }) => servedBy(world.life) === revision);
  }
}

/** What the virtual world's wall clock shows at the virtual time 0. */
const wallAtStart = 1_700_000_000_000;

const servedBy = (life: Life | undefined): string | undefined =>
  life !== undefined && 'serving' in life ? life.serving.revision : undefined;
