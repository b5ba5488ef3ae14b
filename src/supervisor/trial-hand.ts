/** The hand of an instance's trial: the next generation on a port of its own, below a shim of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../effects/free-port.ts';
import { processesBelow } from '../effects/proc.ts';
import { runProbe } from '../effects/probe.ts';
import type { InstanceEffect } from '../model/effect.ts';
import type { InstanceFact } from '../model/event.ts';
import type { GenerationId } from '../model/identity.ts';
import { describeOutcome, type ExitOutcome } from '../model/outcome.ts';
import type { Verdict } from '../model/probe.ts';
import type { ProcessRef } from '../model/process.ts';
import type { ServiceSpec } from '../model/spec.ts';
import { forTrial } from '../model/spec-instance.ts';
import type { Report } from './hands.ts';
import { InstanceOutput } from './instance-output.ts';
import { Leftover } from './leftover.ts';
import { startShim } from './start-shim.ts';
import type { InstancePlace } from './shim-command.ts';
import { ShimLink } from './shim-link.ts';

type Effect<Kind extends InstanceEffect['kind']> = Extract<InstanceEffect, { kind: Kind }>;

/** What is killed leaves within milliseconds, but for a process in an uninterruptible call. */
const leaveMs = 5_000;

export class TrialHand {
  readonly #spec: ServiceSpec;
  readonly #name: string;
  readonly #place: InstancePlace;
  readonly #report: Report;
  readonly #output: InstanceOutput;
  readonly #link: ShimLink;
  readonly #left: Leftover;
  #tried: ServiceSpec | undefined;
  #main: ProcessRef | undefined;
  /** On whose behalf it runs; undefined for what an earlier one has left. */
  #generation: GenerationId | undefined;
  /** Nothing is left of it. */
  #gone = Promise.withResolvers<undefined>();
  /** What it was asked for is done in order: an end that overtook a start would find nothing, and the trial would stay. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(spec: ServiceSpec, name: string, place: InstancePlace, report: Report) {
    this.#spec = spec;
    this.#name = `${name}.trial`;
    this.#place = place;
    this.#report = report;
    this.#output = new InstanceOutput(spec.output, place.trialOutput, report);
    this.#left = new Leftover(place.trialSocket, report);
    const hear = { fact: (fact: InstanceFact) => this.#hear(fact), notice: report.notice };
    this.#link = new ShimLink(place.trialSocket, hear, (shim) => void this.#lose(shim));
  }

  start(effect: Effect<'start-trial'>): Promise<void> {
    return this.#inTurn(() => this.#start(effect));
  }

  async #start({ generation }: Effect<'start-trial'>): Promise<void> {
    await this.#clear();
    const { trial } = this.#spec.reload;
    if (trial === undefined) return;
    this.#gone = Promise.withResolvers();
    this.#generation = generation;
    this.#tried = forTrial(this.#spec, trial, trial.port ?? (await freePort()));
    const place = { ...this.#place, socket: this.#place.trialSocket };
    const problem = await startShim(this.#link, this.#tried, this.#name, place, this.#output);
    if (problem !== '') this.#ended(`could not be started: ${problem}`);
  }

  look({ generation }: Effect<'look-at-trial'>): void {
    const { shim } = this.#link;
    const processes = shim === undefined ? [] : processesBelow(shim.pid);
    this.#report.fact({ kind: 'trial-looked', generation, main: this.#main, processes });
  }

  /** Asks it what the service is asked. */
  async probe({ timeoutMs, times, revision }: Effect<'probe'>): Promise<Verdict> {
    const probe = this.#tried?.health?.probe;
    if (probe === undefined || this.#main === undefined) return { kind: 'silent', problem: 'has not started' };
    return runProbe(probe, timeoutMs, times, revision);
  }

  /** Ends what an earlier supervisor, or an earlier reload, has left. */
  clear(): Promise<void> {
    return this.#inTurn(() => this.#clear());
  }

  async #clear(): Promise<void> {
    this.#generation = undefined;
    if (await this.#isThere()) await this.#kill();
    else await this.#left.kill();
  }

  /** Resolves when it was told to; with `kill`, when nothing is left of it. */
  end(effect: Effect<'end-trial'>): Promise<void> {
    return this.#inTurn(() => this.#end(effect));
  }

  async #end({ generation, how }: Effect<'end-trial'>): Promise<void> {
    if (!(await this.#isThere())) {
      await this.#left.kill();
      this.#report.fact({ kind: 'trial-over', generation });
      return;
    }
    this.#generation = generation;
    const { signal } = this.#spec.stop;
    if (how === 'kill') await this.#kill();
    else await this.#link.request({ kind: 'signal', target: { kind: 'main' }, signal });
  }

  /** Lets go of it, but sees to its end where it was told to end: nobody else would. */
  async close(): Promise<void> {
    await Promise.race([this.#work, delay(leaveMs, undefined, { ref: false })]);
    await this.#link.close();
    await this.#output.close();
  }

  readOutput(): void {
    this.#output.readNow();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    // Whoever asked for it hears of a failure.
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #kill(): Promise<void> {
    await this.#link.request({ kind: 'kill' });
    await this.#gone.promise;
  }

  async #isThere(): Promise<boolean> {
    await this.#link.released();
    if (this.#link.shim !== undefined) return true;
    this.#gone = Promise.withResolvers();
    return this.#link.connect();
  }

  #hear(fact: InstanceFact): void {
    this.#left.note(fact);
    if (fact.kind === 'shim-found') {
      if (fact.main.kind === 'running') this.#main = fact.main.process;
      else this.#mainEnded(fact.main.outcome);
      if (fact.empty) void this.#release();
    } else if (fact.kind === 'main-ended') this.#mainEnded(fact.outcome);
    else if (fact.kind === 'emptied') void this.#release();
  }

  /** It serves nobody, so what is left of it is not told to stop first. */
  async #lose(shim: ProcessRef): Promise<void> {
    this.#main = undefined;
    this.#ended('has lost its shim');
    await this.#left.after(shim);
    await this.#left.kill();
    this.#over();
  }

  #mainEnded(outcome: ExitOutcome): void {
    this.#main = undefined;
    this.#ended(describeOutcome(outcome));
    // What it has left behind has nobody to serve.
    void this.#link.request({ kind: 'kill' });
  }

  #ended(problem: string): void {
    if (this.#generation !== undefined)
      this.#report.fact({ kind: 'trial-ended', generation: this.#generation, problem });
  }

  async #release(): Promise<void> {
    void this.#output.endLine();
    await this.#link.end();
    await this.#link.released();
    this.#over();
  }

  #over(): void {
    this.#gone.resolve(undefined);
    if (this.#generation !== undefined) this.#report.fact({ kind: 'trial-over', generation: this.#generation });
  }
}
