/** One instance's hand in the virtual world: performs effects on its shim and reports facts, each a little later. */
import type { InstanceEffect } from '../../src/model/effect.ts';
import type { InstanceFact } from '../../src/model/event.ts';
import { shows } from '../../src/model/profile.ts';
import type { Verdict } from '../../src/model/probe.ts';
import type { MemorySight, ProcessRef } from '../../src/model/process.ts';
import type { Signal } from '../../src/model/signal.ts';
import { VirtualShim, type VirtualProcess } from './virtual-shim.ts';
import type { VirtualTime } from './virtual-time.ts';
import { VirtualTrialHand, type TrialPlace } from './virtual-trial.ts';

type Effect<Kind extends InstanceEffect['kind']> = Extract<InstanceEffect, { kind: Kind }>;

/** What outlives supervisors: the instance's shim, if one lives. */
export interface VirtualPlace extends TrialPlace {
  shim: VirtualShim | undefined;
  /** Those that were killed. */
  readonly lostShims: VirtualShim[];
  /** Starts a shim and its main process. */
  readonly start: () => VirtualShim;
  /** The service's program begins in a process below the shim. */
  readonly boot: (shim: VirtualShim, process: VirtualProcess) => void;
  readonly complain: (problem: string) => void;
  /** How the prepare hook ends. */
  readonly prepareCode: () => number;
  /** Begins the command that reloads the service. What it returns does what the command does, and says what went wrong. */
  readonly beginReloadCommand: () => () => string;
  /** What there is of it, and what a worker takes. */
  readonly memory: () => MemorySight;
  /** Told of each signal as it is asked for. */
  readonly signalled: (target: 'main' | 'all' | ProcessRef, signal: Signal) => void;
  /** Told of each proof that passed while processes were frozen, and which masters' workers had answered. */
  readonly proven: (answeredBy: readonly VirtualProcess[]) => void;
}

export class VirtualHand {
  readonly #time: VirtualTime;
  readonly #place: VirtualPlace;
  readonly #report: (fact: InstanceFact) => void;
  readonly #trial: VirtualTrialHand;
  readonly #timers = new Map<string, () => void>();
  #lastRequestAt = 0;
  #lastNewsAt = 0;
  #isClosed = false;

  constructor(time: VirtualTime, place: VirtualPlace, report: (fact: InstanceFact) => void) {
    this.#time = time;
    this.#place = place;
    this.#report = report;
    this.#trial = new VirtualTrialHand(time, place, (fact) => this.#tell(fact));
  }

  /** The supervisor is dead: nothing more is heard. What it had sent still arrives. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#place.shim?.disconnect();
    this.#trial.close();
    for (const cancel of this.#timers.values()) cancel();
    return Promise.resolve();
  }

  perform(effect: InstanceEffect): void {
    switch (effect.kind) {
      case 'start-shim': {
        this.#startShim();
        return;
      }
      case 'find-shim': {
        this.#trial.clear();
        this.#request(() => {
          if (!this.#connect()) this.#tell({ kind: 'shim-absent', left: this.#left });
        });
        return;
      }
      case 'find-orphans': {
        const { generation } = effect;
        return void this.#time.after(0, () => this.#tell({ kind: 'orphans-found', generation, left: this.#left }));
      }
      case 'signal-orphan': {
        this.#signalOrphan(effect);
        return;
      }
      case 'signal': {
        this.#signal(effect);
        return;
      }
      case 'pass-on': {
        const seen = this.#place.shim?.find(effect.process);
        if (seen !== undefined && shows(effect.mark, seen)) {
          this.#signal({ kind: 'signal', target: { kind: 'process', process: effect.process }, signal: effect.signal });
        }
        return;
      }
      case 'kill-all': {
        this.#request((shim) => {
          for (const process of [...(shim?.processes ?? [])]) shim?.signal(process, 'SIGKILL');
        });
        return;
      }
      case 'end-shim': {
        this.#request((shim) => this.#end(shim));
        return;
      }
      case 'watch': {
        this.#request((shim) => shim?.watch(effect.process));
        return;
      }
      case 'start-second': {
        this.#request((shim) => {
          const second = shim?.startSecond();
          if (shim !== undefined && second !== undefined) this.#place.boot(shim, second);
        });
        return;
      }
      case 'name-heir': {
        this.#request((shim) => shim?.nameHeir(effect.process));
        return;
      }
      case 'look':
        return void this.#time.after(0, () =>
          this.#tell({ kind: 'looked', generation: effect.generation, processes: this.#place.shim?.look() ?? [] }),
        );
      case 'weigh':
        return void this.#time.after(0, () =>
          this.#tell({
            ...{ kind: 'looked', generation: effect.generation, processes: this.#place.shim?.look() ?? [] },
            memory: this.#place.memory(),
          }),
        );
      case 'timer': {
        this.#setTimer(effect);
        return;
      }
      case 'probe': {
        this.#request((shim) => this.#probe(effect, effect.purpose === 'trial' ? this.#place.trial : shim));
        return;
      }
      case 'prepare':
        return void this.#time.after(this.#time.between(5, 200), () => this.#prepared(effect));
      case 'run-reload': {
        const act = this.#place.beginReloadCommand();
        return void this.#time.after(this.#time.between(5, 200), () => this.#endReloadCommand(effect, act()));
      }
      case 'start-trial': {
        this.#trial.start(effect);
        return;
      }
      case 'look-at-trial': {
        this.#trial.look(effect);
        return;
      }
      case 'end-trial':
        this.#trial.end(effect);
    }
  }

  #tell(fact: InstanceFact): void {
    if (!this.#isClosed) this.#report(fact);
  }

  /** Requests to the shim arrive in order. */
  #request(act: (shim: VirtualShim | undefined) => void): void {
    this.#lastRequestAt = Math.max(this.#lastRequestAt, this.#time.now + this.#time.between(0, 2));
    this.#time.at(this.#lastRequestAt, () => act(this.#place.shim));
  }

  /** The shim's news arrives in order. */
  readonly #news = (fact: InstanceFact): void => {
    this.#lastNewsAt = Math.max(this.#lastNewsAt, this.#time.now + this.#time.between(0, 2));
    this.#time.at(this.#lastNewsAt, () => this.#tell(fact.kind === 'shim-lost' ? { ...fact, left: this.#left } : fact));
  };

  /** What shims that were killed have left. */
  get #left(): ProcessRef[] {
    return this.#place.lostShims.flatMap(({ processes }) =>
      processes.map(({ pid, startTicks }) => ({ pid, startTicks })),
    );
  }

  /** By the supervisor itself, so it is done at once. */
  #signalOrphan({ process, signal }: Effect<'signal-orphan'>): void {
    if (this.#place.shim?.find(process) !== undefined) this.#place.complain(`${signal} to an orphan that has a shim`);
    for (const shim of this.#place.lostShims) shim.signal(process, signal);
  }

  #connect(): boolean {
    const { shim } = this.#place;
    if (shim === undefined) return false;
    if (this.#isClosed) return true;
    this.#news(shim.hello());
    shim.client = this.#news;
    return true;
  }

  #startShim(): void {
    this.#request(() => {
      this.#lastRequestAt = this.#time.now + this.#time.between(3, 20);
      this.#time.at(this.#lastRequestAt, () => {
        if (this.#place.shim === undefined && this.#left.length > 0) {
          this.#tell({ kind: 'shim-failed', problem: 'what an earlier shim has left still runs', left: this.#left });
          return;
        }
        // A shim that another supervisor started holds the lock, and is as good.
        this.#place.shim ??= this.#place.start();
        this.#connect();
      });
    });
  }

  #end(shim: VirtualShim | undefined): void {
    if (shim === undefined) return;
    if (!shim.isEmpty) {
      this.#place.complain('the shim was told to end before it was empty');
      return;
    }
    this.#place.shim = undefined;
  }

  #signal({ target, signal }: Effect<'signal'>): void {
    const meant = target.kind === 'process' ? target.process : target.kind;
    this.#place.signalled(meant, signal);
    this.#request((shim) => {
      if (shim === undefined) return;
      if (target.kind === 'process') shim.signal(target.process, signal);
      else if (target.kind === 'all') for (const process of [...shim.processes]) shim.signal(process, signal);
      else if (shim.main.kind === 'running') shim.signal(shim.main.process, signal);
    });
  }

  #setTimer({ timer, generation, at }: Effect<'timer'>): void {
    this.#timers.get(timer)?.();
    this.#timers.set(
      timer,
      this.#time.at(at, () => this.#tell({ kind: 'timer-fired', generation, timer })),
    );
  }

  #prepared({ generation }: Effect<'prepare'>): void {
    const code = this.#place.prepareCode();
    const problem = code === 0 ? '' : `the prepare hook exited with ${code}: cannot write the configuration`;
    this.#tell({ kind: 'prepared', generation, problem });
  }

  /** Nobody waits for the end of a command but the supervisor that ran it. */
  #endReloadCommand({ generation }: Effect<'run-reload'>, problem: string): void {
    this.#time.after(this.#time.between(1, 50), () => this.#tell({ kind: 'reload-ran', generation, problem }));
  }

  #probe(effect: Effect<'probe'>, shim: VirtualShim | undefined): void {
    const { generation, purpose, timeoutMs } = effect;
    // Without a health check there is nobody to ask, and it passes by itself.
    const frozen = effect.probe === undefined ? [] : effect.frozen;
    const times = effect.probe === undefined ? 0 : effect.times;
    if (frozen.length > 0) shim?.freeze(timeoutMs + 100, frozen);
    const answeredBy: VirtualProcess[] = [];
    const end = (verdict: Verdict): void => {
      if (this.#isClosed) return;
      if (frozen.length > 0) shim?.thaw();
      if (purpose === 'proof' && verdict.kind === 'passed') this.#place.proven(answeredBy);
      this.#tell({ kind: 'probed', generation, purpose, verdict });
    };
    const giveUpAt = this.#time.now + timeoutMs;
    const ask = (left: number): void => {
      if (left === 0) {
        end({ kind: 'passed' });
        return;
      }
      const ready = (shim?.processes ?? []).filter(({ answers, stopped }) => answers !== undefined && !stopped);
      const worker = ready[Math.floor(this.#time.chance() * ready.length)];
      const silent = { kind: 'silent', problem: `no answer within ${timeoutMs} ms` } as const;
      if (worker === undefined) return void this.#time.at(giveUpAt, () => end(silent));
      if (worker.answers === 'badly') {
        end({ kind: 'refused', problem: 'answered 500' });
        return;
      }
      if (worker.master !== undefined) answeredBy.push(worker.master);
      this.#time.after(this.#time.between(1, 10), () => ask(left - 1));
    };
    this.#time.after(this.#time.between(1, 10), () => ask(times));
  }
}
