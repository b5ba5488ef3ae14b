/** A server that renews its workers under the same master, on virtual processes: as nginx does it, as puma, or as php-fpm. */
import type { Profile } from '../../src/model/profile.ts';
import type { Signal } from '../../src/model/signal.ts';
import { profiles } from '../../src/servers/profiles.ts';
import type { VirtualProcess, VirtualShim } from './virtual-shim.ts';

/** How deployed code behaves. The configuration is bad with `keeps-old` and `dies`, so that no cold start succeeds either. */
export type InPlaceBehaviour =
  | 'good'
  | 'keeps-old'
  | 'dies'
  /** Some time after the first new workers have come. */
  | 'dies-later'
  /** One new worker hangs at its boot, and the master waits for it. */
  | 'stuck'
  | 'raises'
  | 'silent'
  | 'crash-loops'
  | 'answers-500'
  /** Only for a reload by command. */
  | 'command-fails';

/** `beside`: new workers, then the old ones go. `by-turns`: one after the other. `anew`: the old ones go, then the master executes itself. */
export type InPlaceStyle = 'beside' | 'by-turns' | 'anew';

export interface InPlaceWorld {
  /** The code that is loaded now. */
  readonly behaviour: () => InPlaceBehaviour;
  readonly workers: number;
  /** The longest request. */
  readonly drainMs: () => number;
  /** Something that no sane supervisor does. */
  readonly complain: (problem: string) => void;
}

interface Habit {
  readonly profile: Profile;
  readonly cold: string;
  readonly master: string;
  readonly worker: (index: number) => string;
  /** Whether workers notice that their master has died. */
  readonly orphansLeave: boolean;
}

export const habits: Readonly<Record<InPlaceStyle, Habit>> = {
  beside: {
    profile: profiles.nginx,
    cold: 'nginx -g daemon off;',
    master: 'nginx: master process nginx -g daemon off;',
    worker: () => 'nginx: worker process',
    orphansLeave: false,
  },
  'by-turns': {
    profile: profiles.puma,
    cold: 'ruby puma -w 2',
    master: 'puma 5.6.5 (tcp://0.0.0.0:80) [app]',
    worker: (index) => `puma: cluster worker ${index}: 1 [app]`,
    orphansLeave: true,
  },
  anew: {
    profile: profiles['php-fpm'],
    cold: 'php-fpm -F',
    master: 'php-fpm: master process (/etc/php-fpm.conf)',
    worker: () => 'php-fpm: pool www',
    orphansLeave: false,
  },
};

const misconfigured: readonly InPlaceBehaviour[] = ['keeps-old', 'dies', 'dies-later'];
const exitOfConfig = 78;

export class InPlaceMaster {
  readonly #shim: VirtualShim;
  readonly #world: InPlaceWorld;
  readonly #style: InPlaceStyle;
  readonly #habit: Habit;
  readonly #process: VirtualProcess;
  #behaviour: InPlaceBehaviour;
  /** Those that are to be there, by their indexes; those on their way out are not among them. */
  readonly #workers = new Map<VirtualProcess, number>();
  readonly #draining = new Set<VirtualProcess>();
  /** Who is still to be replaced, one after the other. */
  #turns: VirtualProcess[] = [];
  #isQuitting = false;
  #isExecuting = false;

  /** The program begins in a process that is to execute it. */
  constructor(shim: VirtualShim, style: InPlaceStyle, world: InPlaceWorld, process: VirtualProcess) {
    this.#shim = shim;
    this.#world = world;
    this.#style = style;
    this.#habit = habits[style];
    this.#process = process;
    this.#behaviour = world.behaviour();
    process.master = process;
    this.#execute();
  }

  get #reloadSignal(): Signal | undefined {
    return this.#habit.profile.inPlace?.signal;
  }

  #execute(): void {
    const { signals } = this.#habit.profile;
    this.#isExecuting = false;
    this.#behaviour = this.#world.behaviour();
    this.#shim.exec(this.#process, this.#habit.cold);
    this.#process.childGone = (child) => this.#childGone(child);
    this.#process.receive = (signal) => {
      if (signal === this.#reloadSignal) this.#world.complain(`${signal} to a master that has not set its handlers`);
      if (signal === this.#reloadSignal || signal === signals.gracefulStop || signal === signals.quickStop)
        this.#shim.exit(this.#process, { kind: 'signaled', signal });
      if (signal === 'SIGTERM') this.#shim.exit(this.#process, { kind: 'signaled', signal });
    };
    this.#shim.later(this.#process, this.#shim.time.between(20, 150), () => this.#listen());
  }

  #listen(): void {
    if (misconfigured.includes(this.#behaviour)) {
      this.#exit(exitOfConfig);
      return;
    }
    this.#process.title = this.#habit.master;
    this.#process.catches = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGQUIT', 'SIGINT'];
    this.#process.receive = (signal) => this.#receive(signal);
    for (let index = 0; index < this.#world.workers; index++) this.#fork(index);
  }

  #receive(signal: Signal): void {
    const { gracefulStop, quickStop } = this.#habit.profile.signals;
    if (signal === this.#reloadSignal)
      this.#shim.later(this.#process, this.#shim.time.between(1, 30), () => this.#renew());
    else if (signal === gracefulStop) this.#quit(gracefulStop);
    else if (signal === quickStop || signal === 'SIGTERM') this.#quit('SIGTERM');
  }

  #quit(signal: Signal): void {
    this.#isQuitting = true;
    for (const worker of [...this.#workers.keys(), ...this.#draining]) this.#shim.signal(worker, signal);
    if (this.#workers.size + this.#draining.size === 0) this.#exit(0);
  }

  #exit(code: number): void {
    this.#shim.exit(this.#process, { kind: 'exited', code });
  }

  #renew(): void {
    const behaviour = this.#world.behaviour();
    if (this.#isQuitting || this.#isExecuting || behaviour === 'keeps-old') return;
    if (behaviour === 'dies') {
      this.#exit(exitOfConfig);
      return;
    }
    this.#behaviour = behaviour;
    if (behaviour === 'dies-later')
      this.#shim.later(this.#process, this.#shim.time.between(50, 450), () => this.#exit(1));
    const old = [...this.#workers.keys()];
    switch (this.#style) {
      case 'beside': {
        const count = behaviour === 'stuck' ? 1 : this.#world.workers;
        for (const worker of old.slice(0, count)) this.#workers.delete(worker);
        for (let index = 0; index < count; index++) this.#fork(index);
        for (const worker of old.slice(0, count)) this.#drain(worker);
        return;
      }
      case 'by-turns':
        this.#turns = old;
        this.#nextTurn();
        return;
      case 'anew':
        this.#isExecuting = true;
        for (const worker of old) this.#drain(worker);
        if (this.#draining.size === 0) this.#execute();
    }
  }

  #nextTurn(): void {
    const worker = this.#turns[0];
    if (worker === undefined || this.#isQuitting) return;
    if (worker.alive && this.#workers.has(worker)) this.#drain(worker);
    else this.#turnDone();
  }

  #turnDone(): void {
    this.#turns.shift();
    this.#nextTurn();
  }

  #drain(worker: VirtualProcess): void {
    this.#draining.add(worker);
    this.#shim.signal(worker, this.#habit.profile.signals.gracefulStop);
  }

  #childGone(child: VirtualProcess): void {
    const index = this.#workers.get(child);
    const wasDraining = this.#draining.delete(child);
    this.#workers.delete(child);
    if (this.#isQuitting) {
      if (this.#workers.size + this.#draining.size === 0) this.#shim.whenAwake(this.#process, () => this.#exit(0));
      return;
    }
    if (this.#isExecuting) {
      if (this.#draining.size === 0) this.#shim.whenAwake(this.#process, () => this.#execute());
      return;
    }
    // One that goes by turns comes back at the same place; so does one that ends unasked.
    if (index === undefined || (wasDraining && this.#style !== 'by-turns')) return;
    this.#shim.later(this.#process, 10, () => {
      if (!this.#isQuitting && !this.#isExecuting) this.#fork(index, child === this.#turns[0]);
    });
  }

  #fork(index: number, isTurn = false): void {
    const worker = this.#shim.spawn(this.#process);
    const behaviour = this.#behaviour;
    this.#workers.set(worker, index);
    worker.receive = (signal) => this.#workerReceives(worker, signal, behaviour);
    this.#shim.later(worker, 3, () => {
      worker.title = this.#habit.worker(index);
      worker.catches = ['SIGQUIT', 'SIGTERM'];
    });
    if (isTurn) this.#turns[0] = worker;
    this.#shim.later(worker, this.#shim.time.between(5, 300), () => {
      this.#load(worker, behaviour);
      const isUp = worker.alive && behaviour !== 'stuck';
      if (isUp && this.#turns[0] === worker) this.#turnDone();
    });
  }

  #load(worker: VirtualProcess, behaviour: InPlaceBehaviour): void {
    if (behaviour === 'raises') this.#shim.exit(worker, { kind: 'exited', code: 1 });
    if (behaviour === 'raises' || behaviour === 'stuck') return;
    worker.threads = ['puma srv'];
    if (behaviour === 'silent') return;
    worker.answers = behaviour === 'answers-500' ? 'badly' : 'well';
    if (behaviour !== 'crash-loops') return;
    this.#shim.later(worker, this.#shim.time.between(200, 500), () =>
      this.#shim.exit(worker, { kind: 'signaled', signal: 'SIGSEGV' }),
    );
  }

  #workerReceives(worker: VirtualProcess, signal: Signal, behaviour: InPlaceBehaviour): void {
    const leaves = (ms: number): void =>
      this.#shim.later(worker, ms, () => this.#shim.exit(worker, { kind: 'exited', code: 0 }));
    const { gracefulStop, quickStop } = this.#habit.profile.signals;
    if (signal === 'SIGPIPE') {
      if (this.#habit.orphansLeave) leaves(10);
    } else if (signal === gracefulStop && signal !== 'SIGTERM') this.#finish(worker, behaviour, leaves);
    else if (signal === quickStop) leaves(0);
    else if (signal === 'SIGTERM') this.#finish(worker, behaviour, leaves);
  }

  #finish(worker: VirtualProcess, behaviour: InPlaceBehaviour, leaves: (ms: number) => void): void {
    // Whoever is busy for ever hears nothing but SIGKILL.
    if (behaviour === 'stuck' || behaviour === 'silent') return;
    const isBusy = worker.answers !== undefined;
    worker.answers = undefined;
    leaves(isBusy ? this.#shim.time.between(0, this.#world.drainMs()) : 1);
  }
}
