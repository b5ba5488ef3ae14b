/** What the shims of one socket have left that are no more. */
import {
  formerShim,
  hasEndedWithin,
  haveEndedWithin,
  killOrphans,
  lookForOrphans,
  signalOrphan,
} from '../effects/orphans.ts';
import type { InstanceFact } from '../model/event.ts';
import type { Millis } from '../model/identity.ts';
import type { ProcessRef } from '../model/process.ts';
import type { Signal } from '../model/signal.ts';
import type { Report } from './hands.ts';

/** A shim that has hung up is about to end; one that has not done so by then has only lost patience with us. */
const endMs = 1_000;

/** What is killed leaves within milliseconds, but for a process in an uninterruptible call. */
const leaveMs = 5_000;

export class Leftover {
  readonly #socket: string;
  readonly #report: Pick<Report, 'notice'>;
  /** The last that was lost: also where its lock file went with it. */
  #lost: readonly ProcessRef[] = [];
  /** Its main process, and what was started beside that. */
  #mains: readonly ProcessRef[] = [];
  /** What could not be signalled, said once. */
  #problem = '';

  constructor(socket: string, report: Pick<Report, 'notice'>) {
    this.#socket = socket;
    this.#report = report;
  }

  /** Hears of the shim while it lives: one in the foreground has no session to know its own by. */
  note(fact: InstanceFact): void {
    if (fact.kind === 'shim-found') this.#mains = fact.main.process === undefined ? [] : [fact.main.process];
    else if (fact.kind === 'main-succeeded') this.#mains = [fact.process];
    else if (fact.kind === 'second-started') this.#mains = [...this.#mains, fact.process];
  }

  /** What lives of it now. `known`: who else is known to have belonged to it. */
  find(known: readonly ProcessRef[]): readonly ProcessRef[] {
    return lookForOrphans(this.#of(known));
  }

  /** Why no other may begin. Empty when nothing is left. */
  obstacle(): string {
    return this.find([]).length === 0 ? '' : 'what an earlier shim has left still runs';
  }

  /** The same as soon as that shim has ended. Of one that lives on, nothing is left to nobody. */
  async after(shim: ProcessRef): Promise<readonly ProcessRef[]> {
    this.#lost = [shim];
    return (await hasEndedWithin(shim, endMs)) ? this.find([]) : [];
  }

  signal(process: ProcessRef, signal: Signal): void {
    const problem = signalOrphan(process, signal);
    if (problem === '' || problem === this.#problem) return;
    this.#problem = problem;
    const facts = { pid: process.pid, signal, problem };
    this.#report.notice({ level: 'error', message: 'cannot signal what a shim has left', facts });
  }

  /** Tells it to go, and kills it when it has not by then. */
  async end(withinMs: Millis): Promise<void> {
    for (const one of this.find([])) for (const name of ['SIGTERM', 'SIGCONT'] as const) this.signal(one, name);
    await haveEndedWithin(() => this.find([]), withinMs);
    await this.kill();
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    if (await killOrphans(this.#of([]), leaveMs)) return;
    const pids = this.find([]).map(({ pid }) => pid);
    this.#report.notice({
      level: 'error',
      message: 'cannot end what a shim has left',
      facts: { pids: pids.join(' ') },
    });
  }

  #of(known: readonly ProcessRef[]): readonly ProcessRef[] {
    const former = formerShim(this.#socket);
    return [...known, ...this.#lost, ...this.#mains, ...(former === undefined ? [] : [former])];
  }
}
