/** A supervisor with one pre-fork service in a world without a clock, and a list of what went against the rules. */
import {
  beginSupervising,
  stepSupervisor,
  type Journalled,
  type SupervisorState,
} from '../../src/machine/supervisor.ts';
import { lifeName, type Life } from '../../src/machine/life.ts';
import type { Plan } from '../../src/machine/reload/state.ts';
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
import { habits, InPlaceMaster, type InPlaceBehaviour, type InPlaceStyle } from './virtual-in-place.ts';
import { VirtualUnicorn, type Behaviour } from './virtual-unicorn.ts';

export interface WorldOptions {
  readonly config: Config;
  readonly seed?: number;
  readonly workers?: number;
  readonly drainMs?: number;
  readonly prepareCode?: number;
  /** For how many workers there is memory; without a limit unless told. */
  readonly fitting?: number;
  /** What kind of server it is; unicorn unless told. */
  readonly style?: 'unicorn' | InPlaceStyle;
  /** One that is shared with other worlds. */
  readonly time?: VirtualTime;
  readonly permits?: VirtualPermits;
}

/** What a deployed revision does. */
export type Deployed = Behaviour | InPlaceBehaviour;

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
  /** The most workers that lived since this was last set. */
  most = 0;
  /** The exit status of a supervisor that has decided to leave. */
  left: number | undefined;
  drainMs: number;
  #revision: Revision;
  readonly #begun = new Set<number>();
  readonly #style: 'unicorn' | InPlaceStyle;
  #behaviour: Deployed;
  readonly #permits: VirtualPermits;
  /** For each reload that has told the server to renew its workers, by its generation: the youngest process at that moment. */
  readonly #renewedAtTicks = new Map<number, number>();
  #removed: readonly ProcessRef[] = [];
  /** Whose end the supervisor that lives has been told of. */
  #ended: readonly ProcessRef[] = [];
  #journal: string | undefined;
  #supervisor: Supervisor | undefined;
  #effectsUntilDeath = Infinity;
  #shims = 0;
  #proven: readonly VirtualProcess[] = [];

  constructor({ config, seed = 1, workers = 2, drainMs = 200, prepareCode = 0, ...more }: WorldOptions) {
    this.config = config;
    this.#style = more.style ?? 'unicorn';
    this.time = more.time ?? new VirtualTime(seed, () => this.#count());
    this.#permits = more.permits ?? new VirtualPermits(0);
    this.drainMs = drainMs;
    this.#revision = 'r1' as Revision;
    this.#behaviour = 'good';
    const complain = (problem: string): void => this.#complain(problem);
    const isRemoved = (master: ProcessRef): boolean => this.#removed.some((one) => isSameProcess(one, master));
    const server = { workers, drainMs: () => this.drainMs, complain, isRemoved };
    const run = (shim: VirtualShim, main: VirtualProcess): void => {
      const style = this.#style;
      if (style === 'unicorn')
        new VirtualUnicorn(shim, { ...server, behaviour: () => this.#behaviour as Behaviour }).boot(main);
      else new InPlaceMaster(shim, style, { ...server, behaviour: () => this.#behaviour as InPlaceBehaviour }, main);
    };
    const boot = (): VirtualShim => {
      const shim = new VirtualShim(this.time, 50 + ++this.#shims, this.#shims * 1_000);
      run(shim, shim.startMain());
      return shim;
    };
    this.place = {
      shim: undefined,
      lostShims: [],
      trial: undefined,
      lostTrials: [],
      start: () => {
        if (this.processes.length > 0) complain('a shim begins beside what another has left');
        return boot();
      },
      boot: run,
      startTrial: () => {
        if (config.services[0]?.reload.trial === undefined) complain('a trial begins, and none is configured');
        if (this.place.trial !== undefined) complain('a trial begins beside another');
        return boot();
      },
      stopSignal: config.services[0]?.stop.signal ?? 'SIGTERM',
      complain,
      prepareCode: () => prepareCode,
      memory: () => ({
        roomBytes: more.fitting === undefined ? undefined : more.fitting - this.workers.length,
        workerBytes: 1,
      }),
      beginReloadCommand: () => this.#beginReloadCommand(),
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
    return this.processes.filter((process) => process.master === process);
  }

  get workers(): VirtualProcess[] {
    return this.processes.filter((process) => process.master !== undefined && process.master !== process);
  }

  /** A deploy tool deletes the code that the oldest master was started with. */
  removeRelease(): void {
    this.#removed = this.masters.slice(0, 1);
  }

  get serving(): VirtualProcess[] {
    return this.processes.filter(({ answers }) => answers !== undefined);
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

  /** The journal is gone. */
  forget(): void {
    this.#journal = undefined;
  }

  /** SIGKILL to the supervisor when it has performed so many more effects. */
  killSupervisorAfter(effects: number): void {
    this.#effectsUntilDeath = effects;
  }

  post(event: SupervisorEvent): void {
    const fact = event.kind === 'instance' ? event.event : undefined;
    if ((fact?.kind === 'process-gone' || fact?.kind === 'main-ended') && fact.process !== undefined)
      this.#ended = [...this.#ended, fact.process];
    const stamp = { at: this.time.now, wall: 1_700_000_000_000 + this.time.now, chance: this.time.chance(), said: [] };
    this.#supervisor?.loop.post({ ...event, stamp });
  }

  ask(event: InstanceCommand): void {
    this.post({ kind: 'instance', instance: web, event });
  }

  /** The revision file changes, and with it the code that a new master loads. */
  deploy(revision: string, behaviour: Deployed): void {
    this.#revision = revision as Revision;
    this.#behaviour = behaviour;
    this.post({ kind: 'revision-read', revision: this.#revision });
  }

  /** SIGKILL to the shim. What it was the parent of lives on. */
  killShim(): void {
    const { shim } = this.place;
    if (shim === undefined) return;
    this.place.shim = undefined;
    this.place.lostShims.push(shim);
    shim.die();
  }

  /** The same to that of the trial. */
  killTrialShim(): void {
    const { trial } = this.place;
    if (trial === undefined) return;
    this.place.trial = undefined;
    this.place.lostTrials.push(trial);
    trial.die();
  }

  kill(process: ProcessRef): void {
    for (const shim of [this.place.shim, ...this.place.lostShims]) shim?.signal(process, 'SIGKILL');
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

  #count(): void {
    this.fewest = Math.min(this.fewest, this.serving.length);
    this.most = Math.max(this.most, this.workers.length);
  }

  /** Of the service, with and without a shim. */
  get processes(): readonly VirtualProcess[] {
    const { shim, lostShims } = this.place;
    return [...(shim === undefined ? [] : [shim]), ...lostShims].flatMap(({ processes }) => processes);
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
        this.#checkRecords();
        return;
      case 'check-revision': {
        this.post({ kind: 'revision-read', revision: this.#revision });
        return;
      }
      case 'leave':
        if (this.processes.length > 0) this.#complain('it leaves while something is alive');
        this.left = effect.status;
        this.#end();
    }
  }

  #end(): void {
    void this.#supervisor?.hand.close();
    this.#supervisor?.rollout.close();
    this.#supervisor = undefined;
    this.#ended = [];
    this.#effectsUntilDeath = Infinity;
  }

  #committed(from: SupervisorState, to: SupervisorState): void {
    const records = reloadsBetween(from, to);
    this.records.push(...records);
    const [before, now] = [from.instances[0]?.life, to.instances[0]?.life];
    for (const record of records) this.#checkRecord(record, now);
    const begun = planIn(now)?.target.number;
    if (before?.kind === 'running' && begun !== undefined) this.#renewedAtTicks.delete(begun);
    if (now === undefined || before === undefined || lifeName(before) === lifeName(now)) return;
    this.path.push(lifeName(now));
    if (now.kind === 'reloading' && lifeName(before) === 'reloading/trying' && this.place.trial !== undefined)
      this.#complain('the reload goes on, and its trial is still there');
    if (this.masters.length > 1 && !this.#canBeTwo) this.#complain(`two main processes in ${lifeName(now)}`);
    if (this.masters.length > 2) this.#complain(`${this.masters.length} masters in ${lifeName(now)}`);
    if (now.kind === 'running' && this.masters.length > 1) this.#complain(`two masters after ${lifeName(before)}`);
  }

  /** Only a server that executes itself anew puts one master beside the other, or the shim does. */
  get #canBeTwo(): boolean {
    const strategy = this.config.services[0]?.reload.strategy;
    return strategy === 'reexec' || strategy === 'overlap';
  }

  /** The reloads that were written down as begun. */
  get begun(): readonly number[] {
    return [...this.#begun].sort((a, b) => a - b);
  }

  /** The generations to which a record was written down. */
  get recorded(): readonly number[] {
    return (this.journalled?.history ?? []).map(({ to }) => to.generation).sort((a, b) => a - b);
  }

  /** What a record says is what is so, as far as the supervisor can know it. */
  #checkRecord({ outcome, strategy, to }: ReloadRecord, now: Life | undefined): void {
    const isRenewal = strategy === 'signal' || strategy === 'command';
    if (outcome === 'reloaded' && isRenewal && !this.#renewedAtTicks.has(to.generation))
      this.#complain('reloaded, and the server was never told to');
    if (now?.kind !== 'running' || outcome === 'failed') return;
    if (this.#ended.some((process) => isSameProcess(process, now.serving.main)))
      this.#complain(`${outcome}, and the main process that is said to serve is known to have ended`);
  }

  #checkRecords(): void {
    const { recorded } = this;
    const plan = planIn(this.life);
    if (plan !== undefined) this.#begun.add(plan.target.number);
    if (new Set(recorded).size < recorded.length) this.#complain(`a reload has two records: ${recorded.join(' ')}`);
    if (plan !== undefined && recorded.includes(plan.target.number))
      this.#complain(`the reload to ${plan.target.number} has a record before it has ended`);
  }

  /** As "nginx -s reload" would: to the master of now, the signal that it is reloaded with. */
  #beginReloadCommand(): () => string {
    const signal = this.#style === 'unicorn' ? undefined : habits[this.#style].profile.inPlace?.signal;
    const main = this.place.shim?.main;
    return () => {
      if (this.#behaviour === 'command-fails') return 'the reload command exited with 1: no such upstream';
      if (signal === undefined || main?.kind !== 'running') return 'the reload command exited with 1: nothing runs';
      this.#noteReload(signal);
      const isHeard = this.place.shim?.signal(main.process, signal) ?? false;
      return isHeard ? '' : 'the reload command exited with 1: nothing runs';
    };
  }

  #noteReload(signal: Signal): void {
    const { server } = this.config.services[0] ?? {};
    const target = planIn(this.life)?.target.number;
    if (signal === server?.inPlace?.signal && target !== undefined)
      this.#renewedAtTicks.set(target, Math.max(...this.processes.map(({ startTicks }) => startTicks)));
  }

  #checkSignal(target: 'main' | 'all' | ProcessRef, signal: Signal): void {
    if (target === 'all') return;
    this.#noteReload(signal);
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
      // Of a server of which nothing is known, the main process may be the one that answers.
      const mayAnswer = master !== process || this.config.services[0]?.server.roles === undefined;
      const isOldWorker = old !== undefined && master !== undefined && mayAnswer && isSameProcess(master, old);
      const isNew =
        !this.#canBeTwo &&
        process.startTicks > (this.#renewedAtTicks.get(planIn(life)?.target.number ?? 0) ?? Infinity);
      if (isHandedOver(life, process)) continue;
      if (!isOldWorker || isNew) this.#complain(`${process.title} is frozen, which is no worker of the old generation`);
    }
  }

  #complain(problem: string): void {
    this.violations.push(`${problem} (in ${this.name} at ${Math.round(this.time.now)})`);
  }
}

/** Where worker after worker comes, those that have answered make room for the answer of the next. */
const isHandedOver = (life: Life | undefined, { master }: VirtualProcess): boolean =>
  life?.kind === 'reloading' &&
  life.reload.phase === 'handing-over' &&
  life.reload.step === 'asking' &&
  master !== undefined &&
  isSameProcess(master, life.reload.fresh.master) &&
  life.reload.fresh.workers.length > life.reload.before.length;

/** The reload that is under way in this state, or a part of what is. */
function planIn(life: Life | undefined): Plan | undefined {
  switch (life?.kind) {
    case 'reloading':
      return life.reload;
    case 'starting':
      return life.plan;
    case 'stopping':
    case 'clearing':
    case 'orphaned':
      return typeof life.then === 'object' ? life.then : undefined;
    default:
      return undefined;
  }
}
