/** The kernel's and the shim's part of the virtual world: processes, and what docs/reference/shim-protocol.md says of them. */
import type { InstanceFact, MainFact } from '../../src/model/event.ts';
import type { ExitOutcome } from '../../src/model/outcome.ts';
import { isSameProcess, type ProcessInfo, type ProcessRef } from '../../src/model/process.ts';
import type { Signal } from '../../src/model/signal.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface VirtualProcess extends ProcessRef {
  parentPid: number;
  title: string;
  image: string;
  catches: readonly Signal[];
  threads?: readonly string[];
  alive: boolean;
  /** By SIGSTOP. */
  stopped: boolean;
  /** What it would do now if it were not stopped. */
  readonly deferred: (() => void)[];
  /** How it answers a request; undefined while it takes none. */
  answers: 'well' | 'badly' | undefined;
  /** The master whose worker it is; itself for a master. */
  master: VirtualProcess | undefined;
  receive: (signal: Signal) => void;
  childGone: (child: VirtualProcess) => void;
}

const firstPid = 100;
/** So few that pids are soon used again. */
const pidRange = 60;

export class VirtualShim {
  readonly process: ProcessRef;
  readonly time: VirtualTime;
  readonly processes: VirtualProcess[] = [];
  /** Every process there ever was. */
  readonly known: ProcessRef[] = [];
  client: ((fact: InstanceFact) => void) | undefined;
  main: MainFact = { kind: 'ended', process: undefined, outcome: { kind: 'unspawnable', errno: 'ENOENT' } };
  #heir: ProcessRef | undefined;
  #second: ProcessRef | undefined;
  #watched: ProcessRef[] = [];
  #frozen: VirtualProcess[] = [];
  #isDead = false;
  #ticks = 0;
  #nextPid: number;

  constructor(time: VirtualTime, pid: number, startTicks: number) {
    this.time = time;
    this.process = { pid, startTicks };
    this.#ticks = startTicks;
    this.#nextPid = firstPid + (startTicks % pidRange);
  }

  get isEmpty(): boolean {
    return this.processes.length === 0;
  }

  hello(): InstanceFact {
    return { kind: 'shim-found', shim: this.process, main: this.main, empty: this.isEmpty, second: this.#second };
  }

  find(ref: ProcessRef): VirtualProcess | undefined {
    return this.processes.find((process) => isSameProcess(process, ref));
  }

  /** A new process: a copy of its parent where it has one. */
  spawn(parent: VirtualProcess | undefined): VirtualProcess {
    while (this.processes.some(({ pid }) => pid === this.#nextPid)) this.#advancePid();
    const process: VirtualProcess = {
      pid: this.#nextPid,
      startTicks: ++this.#ticks,
      parentPid: parent?.pid ?? this.process.pid,
      title: parent?.title ?? '',
      image: parent?.image ?? '',
      catches: parent?.catches ?? [],
      alive: true,
      stopped: false,
      deferred: [],
      answers: undefined,
      master: parent,
      receive: () => undefined,
      childGone: () => undefined,
    };
    this.#advancePid();
    this.processes.push(process);
    this.known.push({ pid: process.pid, startTicks: process.startTicks });
    return process;
  }

  startMain(): VirtualProcess {
    const process = this.spawn(undefined);
    this.main = { kind: 'running', process: reference(process) };
    return process;
  }

  /** The command once more, beside the main process; undefined where there is one already, or nothing to be beside. */
  startSecond(): VirtualProcess | undefined {
    if (this.main.kind !== 'running' || this.#second !== undefined) return undefined;
    const process = this.spawn(undefined);
    this.#second = reference(process);
    this.client?.({ kind: 'second-started', process: this.#second });
    return process;
  }

  /** Another program from now on. */
  exec(process: VirtualProcess, title: string): void {
    Object.assign(process, { title, catches: [], image: `image-${++this.#ticks}`, answers: undefined });
  }

  exit(process: VirtualProcess, outcome: ExitOutcome): void {
    if (!process.alive) return;
    process.alive = false;
    this.processes.splice(this.processes.indexOf(process), 1);
    const parent = this.processes.find(({ pid }) => pid === process.parentPid);
    for (const child of this.processes) if (child.parentPid === process.pid) child.parentPid = this.process.pid;
    parent?.childGone(process);
    for (const child of [...this.processes]) if (child.master === process) child.receive('SIGPIPE');
    if (this.#second !== undefined && isSameProcess(this.#second, process)) {
      this.client?.({ kind: 'process-gone', process: this.#second, outcome });
      this.#second = undefined;
    }
    const news = [() => this.#tellGone(process), () => this.#tellMain(process, outcome)];
    // The kernel promises no order between a process descriptor and the parent's SIGCHLD.
    if (this.time.chance() < 0.5) news.reverse();
    for (const tell of news) tell();
    if (this.isEmpty) this.client?.({ kind: 'emptied' });
  }

  /** Says whether there was somebody to receive it. */
  signal(ref: ProcessRef, signal: Signal): boolean {
    const process = this.find(ref);
    if (process === undefined) return false;
    if (signal === 'SIGKILL') this.exit(process, { kind: 'signaled', signal });
    else if (signal === 'SIGSTOP') process.stopped = true;
    else if (signal === 'SIGCONT') this.#continue(process);
    else this.whenAwake(process, () => process.receive(signal));
    return true;
  }

  /** Does it as soon as the process is not stopped; never when it has ended. */
  whenAwake(process: VirtualProcess, act: () => void): void {
    if (!process.alive) return;
    if (process.stopped) process.deferred.push(act);
    else act();
  }

  /** The process does this so much later. */
  later(process: VirtualProcess, ms: number, act: () => void): void {
    this.time.after(ms, () => this.whenAwake(process, act));
  }

  freeze(ms: number, refs: readonly ProcessRef[]): void {
    for (const ref of refs) {
      const process = this.find(ref);
      if (process === undefined) continue;
      process.stopped = true;
      this.#frozen.push(process);
    }
    this.time.after(ms, () => this.thaw());
  }

  thaw(): void {
    if (this.#isDead) return;
    for (const process of this.#frozen.splice(0)) this.#continue(process);
  }

  watch(ref: ProcessRef): void {
    if (this.find(ref) === undefined) this.client?.({ kind: 'process-gone', process: ref });
    else this.#watched.push(ref);
  }

  nameHeir(ref: ProcessRef): void {
    if (this.find(ref) === undefined) return;
    this.#heir = ref;
    this.#succeed();
  }

  disconnect(): void {
    this.client = undefined;
    this.#watched = [];
  }

  /** What is below it lives on, and what it had frozen stays so. */
  die(): void {
    const { client } = this;
    this.disconnect();
    this.#isDead = true;
    client?.({ kind: 'shim-lost', left: [] });
  }

  look(): ProcessInfo[] {
    return this.processes.map(({ pid, startTicks, parentPid, title, image, catches, threads = [], stopped }) => ({
      ...{ pid, startTicks, parentPid, title, image, catches, threads },
      state: stopped ? 'T' : 'S',
    }));
  }

  #advancePid(): void {
    this.#nextPid = firstPid + ((this.#nextPid + 1 - firstPid) % pidRange);
  }

  #continue(process: VirtualProcess): void {
    process.stopped = false;
    for (const act of process.deferred.splice(0)) this.whenAwake(process, act);
  }

  #tellGone(process: VirtualProcess): void {
    const isIt = (ref: ProcessRef): boolean => isSameProcess(ref, process);
    if (this.#watched.some(isIt)) this.client?.({ kind: 'process-gone', process: reference(process) });
    this.#watched = this.#watched.filter((ref) => !isIt(ref));
  }

  #tellMain(process: VirtualProcess, outcome: ExitOutcome): void {
    if (this.main.kind === 'running' && isSameProcess(this.main.process, process)) {
      this.main = { kind: 'ended', process: reference(process), outcome };
      this.client?.({ kind: 'main-ended', process: reference(process), outcome });
    }
    this.#succeed();
  }

  #succeed(): void {
    if (this.main.kind === 'running' || this.#heir === undefined) return;
    const heir = this.find(this.#heir);
    // Only a child of the shim's own: one whose parent still lives waits.
    if (heir !== undefined && heir.parentPid !== this.process.pid) return;
    this.#heir = undefined;
    if (heir === undefined) return;
    if (this.#second !== undefined && isSameProcess(this.#second, heir)) this.#second = undefined;
    this.main = { kind: 'running', process: reference(heir) };
    this.client?.({ kind: 'main-succeeded', process: reference(heir) });
  }
}

const reference = ({ pid, startTicks }: ProcessRef): ProcessRef => ({ pid, startTicks });
