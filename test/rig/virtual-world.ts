/** A supervisor with one pre-fork service in a world without a clock, and a list of what went against the rules. */
import {
  beginSupervising,
  stepSupervisor,
  type Journalled,
  type SupervisorState,
} from '../../src/machine/supervisor.ts';
import { lifeName, type Life } from '../../src/machine/life.ts';
import type { SupervisorEffect } from '../../src/model/effect.ts';
import type { InstanceCommand, Stamped, SupervisorEvent } from '../../src/model/event.ts';
import { instanceId, type Revision } from '../../src/model/identity.ts';
import { isSameProcess, type ProcessRef } from '../../src/model/process.ts';
import type { ReloadRecord } from '../../src/model/reload-record.ts';
import type { Signal } from '../../src/model/signal.ts';
import type { Config } from '../../src/model/spec.ts';
import { Loop } from '../../src/supervisor/loop.ts';
import { decodeRecord, encodeRecord } from '../../src/supervisor/record.ts';
import { reloadsBetween } from '../../src/supervisor/transitions.ts';
import { VirtualHand, type VirtualPlace } from './virtual-hand.ts';
import { VirtualPermits, VirtualRollout } from './virtual-rollout.ts';
import { VirtualShim, type VirtualProcess } from './virtual-shim.ts';
import { VirtualTime } from './virtual-time.ts';
import { VirtualUnicorn, type Behaviour } from './virtual-unicorn.ts';

export interface WorldOptions {
  readonly config: Config;
  readonly seed?: number;
  readonly workers?: number;
  readonly drainMs?: number;
  readonly prepareCode?: number;
  /** One that is shared with other worlds. */
  readonly time?: VirtualTime;
  readonly permits?: VirtualPermits;
}

const ending: readonly Signal[] = ['SIGQUIT', 'SIGTERM', 'SIGINT', 'SIGKILL'];
const init: ProcessRef = { pid: 1, startTicks: 1 };
export const web = instanceId('web', 1);

interface Supervisor {
  readonly rollout: VirtualRollout;
  readonly loop: Loop<SupervisorState, Stamped<SupervisorEvent>, SupervisorEffect>;
  readonly hand: VirtualHand;
}

export class VirtualWorld {
  readonly time: VirtualTime;
  readonly config: Config;
  readonly violations: string[] = [];
  readonly records: ReloadRecord[] = [];
  /** Names of states, as they came. */
  readonly path: string[] = [];
  readonly place: VirtualPlace;
  /** The fewest workers that served since this was last set. */
  fewest = Infinity;
  /** The exit status of a supervisor that has decided to leave. */
  left: number | undefined;
  drainMs: number;
  #revision: Revision;
  #behaviour: Behaviour;
  readonly #permits: VirtualPermits;
  #journal: string | undefined;
  #supervisor: Supervisor | undefined;
  #effectsUntilDeath = Infinity;
  #shims = 0;
  #proven: readonly VirtualProcess[] = [];

  constructor({ config, seed = 1, workers = 2, drainMs = 200, prepareCode = 0, ...shared }: WorldOptions) {
    this.config = config;
    this.time = shared.time ?? new VirtualTime(seed, () => (this.fewest = Math.min(this.fewest, this.serving.length)));
    this.#permits = shared.permits ?? new VirtualPermits(0);
    this.drainMs = drainMs;
    this.#revision = 'r1' as Revision;
    this.#behaviour = 'good';
    const complain = (problem: string): void => this.#complain(problem);
    const unicorn = {
      behaviour: () => this.#behaviour,
      workers,
      drainMs: () => this.drainMs,
      complain,
    };
    this.place = {
      shim: undefined,
      start: () => {
        const shim = new VirtualShim(this.time, 50 + ++this.#shims, this.#shims * 1_000);
        new VirtualUnicorn(shim, unicorn).boot(shim.startMain());
        return shim;
      },
      complain,
      prepareCode: () => prepareCode,
      signalled: (target, signal) => this.#checkSignal(target, signal),
      proven: (answeredBy) => (this.#proven = answeredBy),
    };
  }

  get life(): Life | undefined {
    return this.#supervisor?.loop.state.instances[0]?.life;
  }

  get state(): SupervisorState {
    if (this.#supervisor === undefined) throw new Error('no supervisor lives');
    return this.#supervisor.loop.state;
  }

  get name(): string {
    return this.life === undefined ? 'dead' : lifeName(this.life);
  }

  get hasLeft(): boolean {
    return this.left !== undefined;
  }

  get isSupervised(): boolean {
    return this.#supervisor !== undefined;
  }

  get masters(): VirtualProcess[] {
    return this.#processes.filter((process) => process.master === process);
  }

  get serving(): VirtualProcess[] {
    return this.#processes.filter(({ answers }) => answers !== undefined);
  }

  /** A new supervisor, by whatever the journal says. */
  begin(): this {
    if (this.left !== undefined || this.#supervisor !== undefined) return this;
    const first = beginSupervising(
      this.config,
      { revision: this.#revision, readAt: this.time.now },
      this.journalled,
      'same',
    );
    const hand = new VirtualHand(this.time, this.place, (event) =>
      this.post({ kind: 'instance', instance: web, event }),
    );
    const loop = new Loop<SupervisorState, Stamped<SupervisorEvent>, SupervisorEffect>(first.state, {
      step: (state, event) => stepSupervisor(this.config, state, event, event.stamp),
      tell: (from, to) => this.#committed(from, to),
      perform: (effect) => this.#perform(effect),
    });
    const rollout = new VirtualRollout(this.time, this.#permits, (heard) =>
      this.post({ kind: 'rollout', event: heard }),
    );
    this.#supervisor = { loop, hand, rollout };
    loop.begin(first.effects);
    return this;
  }

  /** What a supervisor that began now would know. */
  get journalled(): Journalled | undefined {
    const decoded = decodeRecord(this.#journal === undefined ? undefined : JSON.parse(this.#journal), init);
    if (decoded.kind === 'unusable') throw new Error(decoded.problem);
    return decoded.kind === 'record' ? decoded.journalled : undefined;
  }

  /** SIGKILL to the supervisor now; init starts it again by and by. */
  killSupervisor(): void {
    if (this.#supervisor === undefined) return;
    this.#end();
    this.time.after(this.time.between(1, 300), () => this.begin());
  }

  /** SIGKILL to the supervisor when it has performed so many more effects. */
  killSupervisorAfter(effects: number): void {
    this.#effectsUntilDeath = effects;
  }

  post(event: SupervisorEvent): void {
    const stamp = { at: this.time.now, wall: 1_700_000_000_000 + this.time.now, chance: this.time.chance() };
    this.#supervisor?.loop.post({ ...event, stamp });
  }

  ask(event: InstanceCommand): void {
    this.post({ kind: 'instance', instance: web, event });
  }

  /** The revision file changes, and with it the code that a new master loads. */
  deploy(revision: string, behaviour: Behaviour): void {
    this.#revision = revision as Revision;
    this.#behaviour = behaviour;
    this.post({ kind: 'revision-read', revision: this.#revision });
  }

  /** SIGKILL to the shim. What it was the parent of ends too. */
  killShim(): void {
    const { shim } = this.place;
    this.place.shim = undefined;
    shim?.die();
  }

  kill(process: ProcessRef): void {
    this.place.shim?.signal(process, 'SIGKILL');
  }

  /** Goes on until the instance is in that state, and has been for the first time from now on. */
  until(name: string, limitMs = 60_000): this {
    if (this.time.runUntil(() => this.name === name, limitMs)) return this;
    throw new Error(`not ${name} within ${limitMs} ms but ${this.name}, after ${this.path.join(' ')}`);
  }

  /** Goes on until a supervisor lives, or has left. */
  untilSupervised(): boolean {
    return this.time.runUntil(() => this.isSupervised || this.hasLeft, 1_000) && !this.hasLeft;
  }

  /** Goes on until nothing but health checks is left to wait for. */
  settle(limitMs = 120_000): this {
    const isQuiet = (): boolean => ['running', 'down', 'failed'].includes(this.name) || this.left !== undefined;
    let quietSince = this.time.now;
    const fact = (): boolean => {
      if (!isQuiet()) quietSince = this.time.now;
      return this.time.now - quietSince > 5_000;
    };
    if (this.time.runUntil(fact, limitMs)) return this;
    throw new Error(`stuck in ${this.name}, after ${this.path.slice(-20).join(' ')}`);
  }

  get #processes(): VirtualProcess[] {
    return this.place.shim?.processes ?? [];
  }

  #perform(effect: SupervisorEffect): void {
    const supervisor = this.#supervisor;
    if (supervisor === undefined) return;
    if (this.#effectsUntilDeath-- <= 0) {
      this.killSupervisor();
      return;
    }
    switch (effect.kind) {
      case 'instance':
        if (effect.effect.kind === 'probe') this.#checkFreeze(effect.effect.frozen);
        {
          supervisor.hand.perform(effect.effect);
          return;
        }
      case 'rollout':
        supervisor.rollout.perform(effect.effect);
        return;
      case 'journal':
        this.#journal = JSON.stringify(encodeRecord(supervisor.loop.state, init));
        return;
      case 'check-revision': {
        this.post({ kind: 'revision-read', revision: this.#revision });
        return;
      }
      case 'leave':
        if (this.#processes.length > 0) this.#complain('it leaves while something is alive');
        this.left = effect.status;
        this.#end();
    }
  }

  #end(): void {
    void this.#supervisor?.hand.close();
    this.#supervisor?.rollout.close();
    this.#supervisor = undefined;
    this.#effectsUntilDeath = Infinity;
  }

  #committed(from: SupervisorState, to: SupervisorState): void {
    this.records.push(...reloadsBetween(from, to));
    const [before, now] = [from.instances[0]?.life, to.instances[0]?.life];
    if (now === undefined || before === undefined || lifeName(before) === lifeName(now)) return;
    this.path.push(lifeName(now));
    if (this.masters.length > 2) this.#complain(`${this.masters.length} masters in ${lifeName(now)}`);
    if (now.kind === 'running' && this.masters.length > 1) this.#complain(`two masters after ${lifeName(before)}`);
  }

  #checkSignal(target: 'main' | 'all' | ProcessRef, signal: Signal): void {
    if (target === 'all') return;
    const main = this.place.shim?.main;
    const process = target === 'main' ? (main?.kind === 'running' ? main.process : undefined) : target;
    const { life } = this;
    if (process === undefined) return;
    if (life?.kind === 'reloading' && life.reload.phase !== 'rolling-back' && ending.includes(signal))
      this.#checkEnding(life, process);
    const isKnown = this.place.shim?.known.some((one) => isSameProcess(one, process)) ?? true;
    if (!isKnown) this.#complain(`${signal} to ${process.pid}, which was never a process of the service`);
  }

  /** During a reload nobody is told to go but the old generation, and only once the new one is proven. */
  #checkEnding({ serving, reload }: Extract<Life, { kind: 'reloading' }>, process: ProcessRef): void {
    const master = 'fresh' in reload ? reload.fresh.master : undefined;
    if (master !== undefined && isSameProcess(process, master)) this.#complain('the new master is told to go');
    if (!isSameProcess(process, serving.main) || this.config.services[0]?.health === undefined) return;
    const isProven =
      master !== undefined && this.#proven.length > 0 && this.#proven.every((one) => isSameProcess(one, master));
    if (!isProven) this.#complain('the old master is told to go, and nothing proves the new one');
  }

  #checkFreeze(frozen: readonly ProcessRef[]): void {
    const { life } = this;
    const old = life !== undefined && 'serving' in life ? life.serving.main : undefined;
    for (const ref of frozen) {
      const process = this.place.shim?.find(ref);
      if (process === undefined) continue;
      // Also one whose master has ended: it may go on without it.
      const { master } = process;
      const isOldWorker = old !== undefined && master !== undefined && master !== process && isSameProcess(master, old);
      if (!isOldWorker) this.#complain(`${process.title} is frozen, which is no worker of the old generation`);
    }
  }

  #complain(problem: string): void {
    this.violations.push(`${problem} (in ${this.name} at ${Math.round(this.time.now)})`);
  }
}
