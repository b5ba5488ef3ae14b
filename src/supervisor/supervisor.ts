/** A supervisor for its users: questions answered and operations followed, on top of the engine. */
import type { Instance } from '../machine/life.ts';
import { planReload } from '../machine/reload/plan.ts';
import type { ReloadPlan } from '../model/reload-plan.ts';
import { BorginitError } from '../model/errors.ts';
import type { Operation, OperationResult, SupervisorEvents } from '../model/operation.ts';
import type { ReloadRecord } from '../model/reload-record.ts';
import type { Signal } from '../model/signal.ts';
import type { InstanceSnapshot, Snapshot } from '../model/snapshot.ts';
import type { ServiceSpec } from '../model/spec.ts';
import type { Supervisor } from './api.ts';
import type { Engine } from './engine.ts';
import type { Hands } from './hands.ts';
import { commandFor, refusal, resultOf } from './operations.ts';
import { pictureInstance } from './picture.ts';
import { pictureRollout } from './rollout-picture.ts';

/** Opens the world; `onSignal` is told of every signal that init is sent from then on. */
export type OpenHands = (onSignal: (signal: Signal) => void) => Hands;

/** What a supervisor is told of the process that it runs in. */
export interface Self {
  /** Whether it has a terminal: its window's changes are no signals then. */
  readonly hasTerminal: boolean;
  /** Of borginit. */
  readonly version: string;
}

export class EngineSupervisor implements Supervisor {
  readonly #engine: Engine;
  readonly #startedAt = new Date();
  readonly #self: Self;
  readonly #openHands: OpenHands;
  /** Who asks before the services were looked for waits until they were. */
  readonly #started = Promise.withResolvers<undefined>();

  /** With the status, once everything is at rest for good. */
  readonly #left = Promise.withResolvers<number>();

  constructor(engine: Engine, openHands: OpenHands, self: Self) {
    this.#engine = engine;
    engine.emitter.on('left', ({ status }) => this.#left.resolve(status));
    this.#openHands = openHands;
    this.#self = self;
  }

  async start(): Promise<void> {
    await this.#engine.start(this.#openHands((signal) => this.signal(signal)));
    await this.#until((instances) => instances.every(({ life }) => life.kind !== 'adopting') || undefined);
    this.#started.resolve(undefined);
  }

  async stop(how: 'graceful' | 'quick' = 'graceful'): Promise<number> {
    if (!this.#engine.isStarted) return 0;
    this.#engine.post({ kind: 'leave', how });
    return this.#left.promise;
  }

  async release(): Promise<void> {
    await this.#engine.handOver();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#engine.close();
  }

  async snapshot(): Promise<Snapshot> {
    await this.#started.promise;
    const { config, hands, state } = this.#engine;
    const pictures = await Promise.all(state.instances.map((instance) => this.#picture(instance)));
    const services: Record<string, { instances: InstanceSnapshot[] }> = {};
    state.instances.forEach(({ service }, index) => {
      const picture = pictures[index];
      if (picture !== undefined) (services[service] ??= { instances: [] }).instances.push(picture);
    });
    return {
      name: config.name,
      role: config.role ?? null,
      revision: state.revision ?? null,
      rollout: pictureRollout(config.rollout, state.rollout, { now: hands.now(), wall: Date.now() }),
      pid: hands.init?.process.pid ?? process.pid,
      supervisor: {
        pid: process.pid,
        version: this.#self.version,
        startedAt: this.#startedAt.toISOString(),
        restarts: hands.init?.restarts ?? 0,
      },
      services,
    };
  }

  history(): readonly ReloadRecord[] {
    return this.#engine.isStarted ? this.#engine.state.history : [];
  }

  reload(...services: readonly string[]): Promise<readonly OperationResult[]> {
    return this.request({ kind: 'reload', services });
  }

  async plan(...services: readonly string[]): Promise<readonly ReloadPlan[]> {
    await this.#started.promise;
    return this.#meant(services).map((instance) => this.#plan(instance));
  }

  async request(operation: Operation): Promise<readonly OperationResult[]> {
    await this.#started.promise;
    const meant = this.#meant(operation.services);
    return Promise.all(meant.map((instance) => this.#follow(operation, instance)));
  }

  signal(signal: Signal): void {
    this.#engine.post({ kind: 'signal-received', signal, terminal: this.#self.hasTerminal });
  }

  on<Name extends keyof SupervisorEvents>(event: Name, listener: (value: SupervisorEvents[Name]) => void): () => void {
    return this.#engine.emitter.on(event, listener);
  }

  #plan(instance: Instance): ReloadPlan {
    const { hands, state } = this.#engine;
    const spec = this.#specOf(instance.service);
    const why = refusal({ kind: 'reload' }, state, spec, instance);
    const needsForce = refusal({ kind: 'reload', force: true }, state, spec, instance) === undefined;
    const plan = planReload({ spec, revision: state.revision, at: hands.now() }, instance);
    return { ...plan, refusal: why === undefined ? null : { why, needsForce } };
  }

  async #picture(instance: Instance): Promise<InstanceSnapshot> {
    const { hands } = this.#engine;
    const { server } = this.#specOf(instance.service);
    const processes = 'shim' in instance.life ? hands.processesBelow(instance.life.shim) : [];
    const pids = processes.filter(({ state }) => state !== 'Z').map(({ pid }) => pid);
    const usage = await hands.usageOf(pids);
    return pictureInstance(server, instance, {
      processes,
      usage,
      busy: hands.busyWorkers(pids),
      outputWaitingSince: this.#engine.outputWaitingSince(instance.id),
    });
  }

  async #follow(operation: Operation, before: Instance): Promise<OperationResult> {
    const { service, number } = before;
    const { kind } = operation;
    const refused = refusal(operation, this.#engine.state, this.#specOf(service), before);
    if (refused !== undefined) return { service, instance: number, ok: false, what: refused, reload: null };
    this.#engine.post({ kind: 'instance', instance: before.id, event: commandFor(operation) });
    return this.#until((instances) => {
      const now = instances.find(({ id }) => id === before.id);
      return now === undefined ? undefined : resultOf(kind, before, now);
    });
  }

  /** Waits for the first state that gives an answer. */
  #until<Answer>(ask: (instances: readonly Instance[]) => Answer | undefined): Promise<Answer> {
    return new Promise((resolve) => {
      const answerIfAny = (): boolean => {
        const answer = ask(this.#engine.state.instances);
        if (answer !== undefined) resolve(answer);
        return answer !== undefined;
      };
      if (answerIfAny()) return;
      const unsubscribe = this.#engine.emitter.on('changed', () => {
        if (answerIfAny()) unsubscribe();
      });
    });
  }

  #meant(services: readonly string[]): readonly Instance[] {
    for (const name of services) this.#specOf(name);
    const { instances } = this.#engine.state;
    return services.length === 0 ? instances : instances.filter(({ service }) => services.includes(service));
  }

  #specOf(service: string): ServiceSpec {
    const spec = this.#engine.config.services.find(({ name }) => name === service);
    if (spec !== undefined) return spec;
    const known = this.#engine.config.services.map(({ name }) => name).join(', ');
    throw new BorginitError('SERVICE_UNKNOWN', `cannot find service "${service}": there are ${known}`);
  }
}
