/** One instance's hand: its shim, timers and probes. It performs and reports; what to do about it is not its business. */
import { runCommand } from '../effects/command.ts';
import { memoryFor } from '../effects/memory.ts';
import { lookAt } from '../effects/proc.ts';
import { missingForExec } from '../effects/exec-requirements.ts';
import { pinnedVariables } from '../effects/release.ts';
import { createTimers } from '../effects/timers.ts';
import type { InstanceEffect, TimerName } from '../model/effect.ts';
import type { InstanceFact } from '../model/event.ts';
import type { GenerationId } from '../model/identity.ts';
import { describeOutcome, exitStatus } from '../model/outcome.ts';
import type { OutputLine } from '../model/output.ts';
import type { MemorySight, ProcessRef } from '../model/process.ts';
import { shows } from '../model/profile.ts';
import type { ServiceSpec } from '../model/spec.ts';
import type { ShimRequest } from '../shim/protocol.ts';
import type { InstanceHand, Report } from './hands.ts';
import { InstanceOutput } from './instance-output.ts';
import { shimEnvironment, type InstancePlace } from './shim-command.ts';
import { ShimLink } from './shim-link.ts';
import { Leftover } from './leftover.ts';
import { lookBelow } from './look-below.ts';
import { ask } from './probing.ts';
import { startShim } from './start-shim.ts';
import { TrialHand } from './trial-hand.ts';

type Effect<Kind extends InstanceEffect['kind']> = Extract<InstanceEffect, { kind: Kind }>;

export class ShimHand implements InstanceHand {
  readonly #spec: ServiceSpec;
  readonly #name: string;
  readonly #place: InstancePlace;
  readonly #report: Report;
  readonly #output: InstanceOutput;
  readonly #link: ShimLink;
  readonly #left: Leftover;
  readonly #trial: TrialHand;
  readonly #asked = new Map<TimerName, GenerationId>();
  readonly #timers = createTimers<TimerName>((timer) => {
    const generation = this.#asked.get(timer);
    if (generation !== undefined) this.#report.fact({ kind: 'timer-fired', generation, timer });
  });

  constructor(spec: ServiceSpec, name: string, place: InstancePlace, report: Report) {
    this.#spec = spec;
    this.#name = name;
    this.#place = place;
    this.#report = report;
    this.#output = new InstanceOutput(spec.output, place.output, report);
    this.#left = new Leftover(place.socket, report);
    this.#link = new ShimLink(place.socket, { ...report, fact: (fact) => this.#hear(fact) }, (shim) =>
      this.#attempt(this.#lose(shim)),
    );
    this.#trial = new TrialHand(spec, name, place, report);
  }

  perform(effect: InstanceEffect): void {
    switch (effect.kind) {
      case 'start-shim':
        return this.#attempt(this.#startShim(), (problem) => this.#shimFailed(problem));
      case 'find-shim':
        this.#attempt(this.#trial.clear());
        return this.#attempt(this.#findShim(effect), () => this.#shimAbsent(effect));
      case 'find-orphans':
        return this.#report.fact({ ...effect, kind: 'orphans-found', left: this.#left.find(effect.known) });
      case 'signal-orphan':
        return this.#left.signal(effect.process, effect.signal);
      case 'signal':
        return this.#ask({ kind: 'signal', target: effect.target, signal: effect.signal });
      case 'pass-on':
        return this.#passOn(effect);
      case 'kill-all':
        return this.#ask({ kind: 'kill' });
      case 'end-shim':
        return this.#attempt(this.#link.end());
      case 'watch':
        return this.#attempt(this.#link.ask('watch', effect.process));
      case 'start-second':
        return this.#ask({ kind: 'second' });
      case 'name-heir':
        return this.#attempt(this.#link.ask('heir', effect.process));
      case 'look':
        return this.#look(effect);
      case 'weigh':
        return this.#look(effect, memoryFor(effect.workers));
      case 'timer':
        this.#asked.set(effect.timer, effect.generation);
        return this.#timers.set(effect.timer, effect.at);
      case 'probe':
        return this.#attempt(this.#probe(effect), (problem) =>
          this.#report.fact({ ...effect, kind: 'probed', verdict: { kind: 'silent', problem } }),
        );
      case 'prepare':
        return this.#attempt(this.#prepare(effect), (problem) =>
          this.#report.fact({ ...effect, kind: 'prepared', problem }),
        );
      case 'start-trial':
        return this.#attempt(this.#trial.start(effect), (problem) =>
          this.#report.fact({ ...effect, kind: 'trial-ended', problem: `could not be started: ${problem}` }),
        );
      case 'look-at-trial':
        return this.#trial.look(effect);
      case 'end-trial':
        return this.#attempt(this.#trial.end(effect), () => this.#report.fact({ ...effect, kind: 'trial-over' }));
      case 'run-reload':
        return this.#attempt(this.#runReload(effect), (problem) =>
          this.#report.fact({ ...effect, kind: 'reload-ran', problem }),
        );
    }
  }

  async close(): Promise<void> {
    this.#timers.close();
    await Promise.all([this.#link.close(), this.#trial.close()]);
    await this.#output.close();
  }

  recentOutput(): readonly OutputLine[] {
    this.#output.readNow();
    this.#trial.readOutput();
    return this.#place.output.recent.lines;
  }

  outputWaitingSince(): Date | undefined {
    return this.#output.waitingSince;
  }

  #hear(fact: InstanceFact): void {
    this.#left.note(fact);
    const isEmpty = fact.kind === 'emptied' || (fact.kind === 'shim-found' && fact.empty);
    if (isEmpty) this.#attempt(this.#output.endLine());
    this.#report.fact(fact);
  }

  async #startShim(): Promise<void> {
    // Whoever started it may have died at the same moment: what is known of it is only in the lock that the next one signs.
    const problem =
      this.#left.obstacle() || (await startShim(this.#link, this.#spec, this.#name, this.#place, this.#output));
    if (problem !== '') this.#shimFailed(problem);
  }

  #shimFailed(problem: string): void {
    this.#report.fact({ kind: 'shim-failed', problem, left: this.#left.find([]) });
  }

  async #findShim(effect: Effect<'find-shim'>): Promise<void> {
    if (!(await this.#link.connect())) this.#shimAbsent(effect);
  }

  #shimAbsent({ known }: Effect<'find-shim'>): void {
    this.#report.fact({ kind: 'shim-absent', left: this.#left.find(known) });
  }

  async #lose(shim: ProcessRef): Promise<void> {
    this.#report.fact({ kind: 'shim-lost', left: await this.#left.after(shim) });
  }

  #look({ generation }: Effect<'look' | 'weigh'>, memory?: MemorySight): void {
    const { shim } = this.#link;
    const processes = shim === undefined ? [] : lookBelow(shim.pid, this.#spec);
    this.#report.fact({ kind: 'looked', generation, processes, ...(memory && { memory }) });
  }

  #passOn({ process, signal, mark }: Effect<'pass-on'>): void {
    const seen = lookAt(process);
    if (seen !== undefined && shows(mark, seen)) {
      return this.#ask({ kind: 'signal', target: { kind: 'process', process }, signal });
    }
    const facts = { signal, pid: process.pid, problem: 'the server has not set its handlers yet' };
    this.#report.notice({ level: 'warn', message: 'cannot pass a signal on', facts });
  }

  async #probe(effect: Effect<'probe'>): Promise<void> {
    const { generation, purpose } = effect;
    const subject = { cwd: this.#spec.cwd, link: this.#link, trial: this.#trial };
    this.#report.fact({ kind: 'probed', generation, purpose, verdict: await ask(effect, subject) });
  }

  async #prepare({ generation, main, timeoutMs }: Effect<'prepare'>): Promise<void> {
    const { prepare, reload } = this.#spec;
    const problem =
      (await this.#run('the prepare hook', prepare, timeoutMs)) ||
      // Without these the check could not run either, and would say so in fewer words.
      missingForExec(main, this.#spec) ||
      (await this.#run('the check of its configuration', reload.check, timeoutMs));
    if (reload.strategy === 'reexec') this.#warnOfPinned(main);
    this.#report.fact({ kind: 'prepared', generation, problem });
  }

  #warnOfPinned(main: ProcessRef): void {
    const variables = pinnedVariables(main, this.#spec.cwd);
    if (variables.length === 0) return;
    const facts = { variables: variables.join(', '), pid: main.pid };
    this.#report.notice({ level: 'warn', message: 'variables of the old master point into another release', facts });
  }

  async #runReload({ generation, timeoutMs }: Effect<'run-reload'>): Promise<void> {
    const problem = await this.#run('the reload command', this.#spec.reload.command, timeoutMs);
    this.#report.fact({ kind: 'reload-ran', generation, problem });
  }

  /** Returns what went wrong; empty when nothing did. Shape: "the prepare hook exited with 3: no database" */
  async #run(what: string, command: ServiceSpec['prepare'], timeoutMs: number): Promise<string> {
    if (command === undefined) return '';
    const { cwd } = this.#spec;
    const env = shimEnvironment(this.#spec, this.#place.env);
    const { outcome, lastLine, timedOut } = await runCommand({ command, cwd, env, timeoutMs, output: 'last-line' });
    if (exitStatus(outcome) === 0) return '';
    const how = timedOut ? 'did not end in time' : describeOutcome(outcome);
    return `${what} ${how}${lastLine === '' ? '' : `: ${lastLine}`}`;
  }

  #ask(request: ShimRequest): void {
    this.#attempt(this.#link.request(request));
  }

  /** What goes wrong in a driver is news for the machine where it waits for an answer, and a notice in any case. */
  #attempt(work: Promise<unknown>, failed?: (problem: string) => void): void {
    work.catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      this.#report.notice({ level: 'error', message: 'cannot perform an effect', facts: { problem } });
      failed?.(problem);
    });
  }
}
