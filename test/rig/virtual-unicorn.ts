/** A pre-fork server as unicorn is one, on virtual processes. Times are in the order of what was measured of the real one. */
import type { Signal } from '../../src/model/signal.ts';
import type { VirtualProcess, VirtualShim } from './virtual-shim.ts';

/** How deployed code behaves. `preloaded` code is loaded by the master, other code by each worker. */
export type Behaviour =
  | 'good'
  | 'good-preloaded'
  | 'no-new-master'
  | 'raises'
  | 'raises-preloaded'
  | 'hangs'
  | 'silent'
  | 'crash-loops'
  | 'answers-500'
  /** Every worker but the first answers wrongly. */
  | 'second-answers-500';

export interface UnicornWorld {
  /** The code that a program which starts now would load. */
  readonly behaviour: () => Behaviour;
  readonly workers: number;
  /** Whether the code that a master was started with is there no more. */
  readonly isRemoved?: (master: VirtualProcess) => boolean;
  /** The longest request. */
  readonly drainMs: () => number;
  /** Something that no sane supervisor does. */
  readonly complain: (problem: string) => void;
}

const cold = 'ruby unicorn -c app.rb';
const scaling: readonly Signal[] = ['SIGTTIN', 'SIGTTOU'];
const masterCatches: readonly Signal[] = ['SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', ...scaling];
const deadly: readonly Signal[] = ['SIGHUP', 'SIGQUIT', 'SIGTERM', 'SIGINT', 'SIGUSR1', 'SIGUSR2'];

export class VirtualUnicorn {
  readonly #shim: VirtualShim;
  readonly #world: UnicornWorld;

  constructor(shim: VirtualShim, world: UnicornWorld) {
    this.#shim = shim;
    this.#world = world;
  }

  /** The program begins in a process that has just executed it. */
  boot(process: VirtualProcess): void {
    new Master(this.#shim, this.#world, process, this.#world.behaviour());
  }
}

class Master {
  readonly #shim: VirtualShim;
  readonly #world: UnicornWorld;
  readonly #process: VirtualProcess;
  readonly #behaviour: Behaviour;
  readonly #workers = new Map<VirtualProcess, number>();
  /** Workers that go when they have loaded the application. */
  readonly #dismissed = new Set<VirtualProcess>();
  #target: number;
  #successor: VirtualProcess | undefined;
  #isQuitting = false;

  constructor(shim: VirtualShim, world: UnicornWorld, process: VirtualProcess, behaviour: Behaviour) {
    this.#shim = shim;
    this.#world = world;
    this.#process = process;
    this.#behaviour = behaviour;
    this.#target = world.workers;
    shim.exec(process, cold);
    process.master = process;
    process.receive = (signal) => this.#receiveCold(signal);
    const preload = this.#isPreloaded ? shim.time.between(100, 600) : 0;
    shim.later(process, shim.time.between(60, 150) + preload, () => this.#listen());
  }

  get #isPreloaded(): boolean {
    return this.#behaviour.endsWith('-preloaded');
  }

  /** Whoever is busy for ever in a call hears no signal but the two that nobody can miss. */
  get #isDeaf(): boolean {
    return this.#behaviour === 'hangs' || this.#behaviour === 'silent';
  }

  #receiveCold(signal: Signal): void {
    if (signal === 'SIGUSR2' || scaling.includes(signal))
      this.#world.complain(`${signal} to a master that has not set its handlers`);
    if (deadly.includes(signal)) this.#shim.exit(this.#process, { kind: 'signaled', signal });
  }

  #listen(): void {
    if (this.#behaviour === 'raises-preloaded') {
      this.#exit(1);
      return;
    }
    this.#process.title = 'unicorn master -c app.rb';
    this.#process.catches = masterCatches;
    this.#process.receive = (signal) => this.#receive(signal);
    this.#process.childGone = (child) => this.#childGone(child);
    for (let index = 0; index < this.#world.workers; index++) this.#fork(index);
  }

  #receive(signal: Signal): void {
    if (this.#isDeaf && signal !== 'SIGUSR2') return;
    if (signal === 'SIGUSR2') this.#reexec();
    if (signal === 'SIGTTIN') this.#scale(1);
    if (signal === 'SIGTTOU') this.#scale(-1);
    if (signal === 'SIGQUIT') this.#quit(signal);
    if (signal === 'SIGTERM' || signal === 'SIGINT') this.#quit('SIGTERM');
  }

  /** A worker that is told so hears of it between two requests, and not before it has loaded the application. */
  #scale(by: 1 | -1): void {
    this.#shim.later(this.#process, this.#shim.time.between(1, 20), () => {
      if (this.#isQuitting) return;
      this.#target = Math.max(0, this.#target + by);
      const taken = new Set(this.#workers.values());
      for (let index = 0; index < this.#target; index++) if (!taken.has(index)) this.#fork(index);
      for (const [worker, index] of [...this.#workers]) {
        if (index < this.#target || this.#dismissed.has(worker)) continue;
        this.#dismissed.add(worker);
        if (worker.answers !== undefined) this.#shim.signal(worker, 'SIGQUIT');
      }
    });
  }

  #quit(signal: Signal): void {
    this.#isQuitting = true;
    for (const worker of [...this.#workers.keys()]) this.#shim.signal(worker, signal);
    if (this.#workers.size === 0) this.#exit(0);
  }

  #exit(code: number): void {
    this.#shim.exit(this.#process, { kind: 'exited', code });
  }

  #childGone(child: VirtualProcess): void {
    if (child === this.#successor) {
      this.#successor = undefined;
      this.#process.title = 'unicorn master -c app.rb';
      return;
    }
    const index = this.#workers.get(child);
    this.#workers.delete(child);
    if (this.#isQuitting) {
      if (this.#workers.size === 0) this.#shim.whenAwake(this.#process, () => this.#exit(0));
    } else if (index !== undefined) {
      this.#shim.later(this.#process, 10, () => {
        const isTaken = [...this.#workers.values()].includes(index);
        if (!this.#isQuitting && index < this.#target && !isTaken) this.#fork(index);
      });
    }
  }

  #reexec(): void {
    if (this.#successor !== undefined || this.#isQuitting) return;
    this.#shim.later(this.#process, this.#shim.time.between(2, 7), () => {
      if (this.#successor !== undefined || this.#isQuitting) return;
      const child = this.#shim.spawn(this.#process);
      this.#successor = child;
      this.#process.title = 'unicorn master (old) -c app.rb';
      this.#shim.later(child, this.#shim.time.between(2, 6), () => {
        child.master = child;
        if (this.#world.behaviour() === 'no-new-master') this.#shim.exit(child, { kind: 'exited', code: 1 });
        else new Master(this.#shim, this.#world, child, this.#world.behaviour());
      });
    });
  }

  #fork(index: number): void {
    const worker = this.#shim.spawn(this.#process);
    this.#workers.set(worker, index);
    const isRemoved = this.#world.isRemoved?.(this.#process) === true && !this.#isPreloaded;
    worker.receive = (signal) => this.#workerReceives(worker, signal);
    this.#shim.later(worker, 3, () => {
      worker.title = `unicorn worker[${index}] -c app.rb`;
      worker.catches = ['SIGQUIT', 'SIGTERM'];
    });
    const bootMs = this.#isPreloaded ? 5 : this.#shim.time.between(50, 300);
    this.#shim.later(worker, bootMs, () => this.#load(worker, index, isRemoved));
  }

  #load(worker: VirtualProcess, index: number, isRemoved: boolean): void {
    if (this.#behaviour === 'hangs') return;
    if (this.#behaviour === 'raises' || isRemoved) {
      this.#shim.exit(worker, { kind: 'exited', code: 1 });
      return;
    }
    worker.catches = ['SIGQUIT', 'SIGTERM', 'SIGUSR1'];
    if (this.#behaviour === 'silent') return;
    const isBad = this.#behaviour === 'answers-500' || (this.#behaviour === 'second-answers-500' && index > 0);
    worker.answers = isBad ? 'badly' : 'well';
    if (this.#dismissed.has(worker)) this.#workerReceives(worker, 'SIGQUIT');
    if (this.#behaviour !== 'crash-loops') return;
    this.#shim.later(worker, this.#shim.time.between(200, 500), () =>
      this.#shim.exit(worker, { kind: 'signaled', signal: 'SIGSEGV' }),
    );
  }

  #workerReceives(worker: VirtualProcess, signal: Signal): void {
    const leaves = (ms: number): void =>
      this.#shim.later(worker, ms, () => this.#shim.exit(worker, { kind: 'exited', code: 0 }));
    if (signal === 'SIGPIPE') leaves(10);
    else if (this.#isDeaf) return;
    else if (signal === 'SIGTERM') leaves(0);
    else if (signal === 'SIGQUIT') {
      const isBusy = worker.answers !== undefined;
      worker.answers = undefined;
      leaves(isBusy ? this.#shim.time.between(0, this.#world.drainMs()) : 1);
    }
  }
}
