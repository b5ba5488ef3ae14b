/** One instance's hand: its shim, timers and probes. It performs and reports; what to do about it is not its business. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { runCommand } from '../effects/command.ts';
import { lookAt, processesBelow } from '../effects/proc.ts';
import { runProbe } from '../effects/probe.ts';
import { missingForExec } from '../effects/exec-requirements.ts';
import { createTimers } from '../effects/timers.ts';
import type { InstanceEffect, TimerName } from '../model/effect.ts';
import type { GenerationId } from '../model/identity.ts';
import { describeOutcome, exitStatus, type ExitOutcome } from '../model/outcome.ts';
import { shows } from '../model/profile.ts';
import type { ServiceSpec } from '../model/spec.ts';
import type { ShimRequest } from '../shim/protocol.ts';
import type { InstanceHand, Report } from './hands.ts';
import { shimCommand, shimEnvironment, type InstancePlace } from './shim-command.ts';
import { ShimLink } from './shim-link.ts';

type Effect<Kind extends InstanceEffect['kind']> = Extract<InstanceEffect, { kind: Kind }>;

/** From its start a shim listens within milliseconds; on a host that stands still it takes what it takes. */
const shimStartMs = 30_000;

/** Another shim holds the lock: one that an earlier supervisor had just started. Source: ppidshim's exit statuses. */
const shimLocked = 75;

/** The shim continues frozen processes this much after the probe should have ended, if nobody else does. */
const thawSlackMs = 100;

export class ShimHand implements InstanceHand {
  readonly #spec: ServiceSpec;
  readonly #name: string;
  readonly #place: InstancePlace;
  readonly #report: Report;
  readonly #link: ShimLink;
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
    this.#link = new ShimLink(place.socket, report);
  }

  perform(effect: InstanceEffect): void {
    switch (effect.kind) {
      case 'start-shim':
        return this.#attempt(this.#startShim(), (problem) => this.#report.fact({ kind: 'shim-failed', problem }));
      case 'find-shim':
        return this.#attempt(this.#findShim(), () => this.#report.fact({ kind: 'shim-absent' }));
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
      case 'name-heir':
        return this.#attempt(this.#link.ask('heir', effect.process));
      case 'look':
        return this.#look(effect);
      case 'timer':
        this.#asked.set(effect.timer, effect.generation);
        return this.#timers.set(effect.timer, effect.at);
      case 'probe':
        return this.#attempt(this.#probe(effect), (problem) =>
          this.#report.fact({ ...effect, kind: 'probed', verdict: { kind: 'silent', problem } }),
        );
      case 'prepare':
        return this.#attempt(this.#prepare(effect), (problem) =>
          this.#report.fact({
            ...effect,
            kind: 'prepared',
            outcome: { kind: 'unknown' },
            lastLine: problem,
            missing: '',
          }),
        );
    }
  }

  async close(): Promise<void> {
    this.#timers.close();
    await this.#link.close();
  }

  async #startShim(): Promise<void> {
    await this.#link.released();
    mkdirSync(dirname(this.#place.socket), { recursive: true, mode: 0o700 });
    const { outcome } = await runCommand({
      command: shimCommand(this.#spec, this.#name, this.#place),
      env: shimEnvironment(this.#spec, this.#place.env),
      timeoutMs: shimStartMs,
      stdin: this.#spec.stdin,
      output: 'inherit',
    });
    const status = exitStatus(outcome);
    if ((status === 0 || status === shimLocked) && (await this.#link.connect())) return;
    this.#report.fact({ kind: 'shim-failed', problem: `the shim ${describeOutcome(outcome)}` });
  }

  async #findShim(): Promise<void> {
    if (!(await this.#link.connect())) this.#report.fact({ kind: 'shim-absent' });
  }

  #look({ generation }: Effect<'look'>): void {
    const { shim } = this.#link;
    this.#report.fact({ kind: 'looked', generation, processes: shim === undefined ? [] : processesBelow(shim.pid) });
  }

  #passOn({ process, signal, mark }: Effect<'pass-on'>): void {
    const seen = lookAt(process);
    if (seen !== undefined && shows(mark, seen)) {
      return this.#ask({ kind: 'signal', target: { kind: 'process', process }, signal });
    }
    const facts = { signal, pid: process.pid, problem: 'the server has not set its handlers yet' };
    this.#report.notice({ level: 'warn', message: 'cannot pass a signal on', facts });
  }

  async #probe({ generation, purpose, probe, timeoutMs, times, revision, frozen }: Effect<'probe'>): Promise<void> {
    if (frozen.length === 0) {
      const verdict = await runProbe(probe, timeoutMs, times, revision);
      this.#report.fact({ kind: 'probed', generation, purpose, verdict });
      return;
    }
    const forMs = timeoutMs + thawSlackMs;
    if (!(await this.#link.request({ kind: 'freeze', forMs, processes: frozen }))) {
      throw new Error('the old workers could not be stopped for the probe');
    }
    const verdict = await runProbe(probe, timeoutMs, times, revision);
    await this.#link.request({ kind: 'thaw' });
    this.#report.fact({ kind: 'probed', generation, purpose, verdict });
  }

  async #prepare({ generation, main, timeoutMs }: Effect<'prepare'>): Promise<void> {
    const { outcome, lastLine } = await this.#runHook(timeoutMs);
    const missing = missingForExec(main, this.#spec.cwd);
    this.#report.fact({ kind: 'prepared', generation, outcome, lastLine, missing });
  }

  async #runHook(timeoutMs: number): Promise<{ readonly outcome: ExitOutcome; readonly lastLine: string }> {
    const { prepare, cwd } = this.#spec;
    if (prepare === undefined) return { outcome: { kind: 'exited', code: 0 }, lastLine: '' };
    const env = shimEnvironment(this.#spec, this.#place.env);
    return runCommand({ command: prepare, cwd, env, timeoutMs, output: 'last-line' });
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
