/** The machine in motion: events go in, effects are performed, listeners are told. */
import { longestStopMs } from '../machine/stopping.ts';
import { beginSupervising, stepSupervisor, type SupervisorState } from '../machine/supervisor.ts';
import type { SupervisorEffect } from '../model/effect.ts';
import type { Stamped, SupervisorEvent } from '../model/event.ts';
import { instanceId, type InstanceId, type Revision } from '../model/identity.ts';
import type { Config } from '../model/spec.ts';
import { Emitter } from './emitter.ts';
import type { Hands, InstanceHand, RevisionWatch, RolloutHand } from './hands.ts';
import { KeptJournal } from './kept-journal.ts';
import { Loop } from './loop.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import { rolloutNotice } from './rollout-picture.ts';
import { titleOf } from './title.ts';
import { reloadsBetween, transitionsBetween } from './transitions.ts';

export class Engine {
  readonly config: Config;
  readonly emitter = new Emitter();
  readonly #instances = new Map<InstanceId, InstanceHand>();
  #loop: Loop<SupervisorState, Stamped<SupervisorEvent>, SupervisorEffect> | undefined;
  #watch: RevisionWatch | undefined;
  #rollout: RolloutHand | undefined;
  #journal: KeptJournal | undefined;
  #hands: Hands | undefined;
  /** What happened before there was a loop to hear of it. */
  #early: SupervisorEvent[] = [];
  #title = '';

  constructor(config: Config) {
    this.config = config;
  }

  /** Throws before `start`. */
  get hands(): Hands {
    if (this.#hands === undefined) throw new Error('the supervisor was not started');
    return this.#hands;
  }

  /** Throws before `start`. */
  get state(): SupervisorState {
    if (this.#loop === undefined) throw new Error('the supervisor was not started');
    return this.#loop.state;
  }

  get isStarted(): boolean {
    return this.#loop !== undefined;
  }

  /** Reads the revision and the journal, then looks for what still runs. */
  async start(hands: Hands): Promise<void> {
    this.#hands = hands;
    const { supervisor, services } = this.config;
    hands.init?.watchOver({ watchdogMs: supervisor.watchdogMs, stopWithinMs: longestStopMs(services) });
    const revision = await this.#watchRevision();
    const decoded = decodeRecord(this.#readJournal(), this.hands.init?.process);
    if (decoded.kind === 'unusable') this.#warn('cannot use the journal', decoded.problem);
    const known = decoded.kind === 'record' ? decoded : { journalled: undefined, era: 'same' as const };
    const reading = { revision, readAt: this.hands.now() };
    const first = beginSupervising(this.config, reading, known.journalled, known.era);
    this.#openInstances();
    void this.#endStrays(this.hands);
    this.#journal = new KeptJournal(
      this.hands.journal,
      () => encodeRecord(this.state, this.hands.init?.process),
      (notice) => this.emitter.emit('notice', notice),
    );
    this.#rollout = this.hands.openRollout((event) => this.post({ kind: 'rollout', event }));
    this.#loop = new Loop(first.state, {
      step: (state, event) => stepSupervisor(this.config, state, event, event.stamp),
      tell: (from, to, event) => this.#tell(from, to, event),
      perform: (effect) => this.#perform(effect),
    });
    this.#showTitle();
    if (first.state.stage === 'leaving') hands.init?.show('stopping');
    this.#loop.begin(first.effects);
    for (const event of this.#early.splice(0)) this.post(event);
  }

  /** Safe to call from anywhere, at any time. */
  post(event: SupervisorEvent): void {
    if (this.#loop === undefined) {
      this.#early.push(event);
      return;
    }
    const said = event.kind === 'instance' ? (this.#instances.get(event.instance)?.recentOutput() ?? []) : [];
    const stamp = { at: this.hands.now(), wall: Date.now(), chance: this.hands.chance(), said };
    this.#loop.post({ ...event, stamp });
    // Init may have taken it for a stop.
    if (event.kind === 'signal-received' && this.state.stage === 'serving') this.#hands?.init?.show('serving');
  }

  outputWaitingSince(instance: InstanceId): Date | undefined {
    return this.#instances.get(instance)?.outputWaitingSince();
  }

  /** The same as `close`, with a word to init that the next supervisor is to begin at once. */
  async handOver(): Promise<void> {
    await this.#hands?.init?.again();
    await this.close();
  }

  /** Lets go of everything that is held open; what runs goes on running. */
  async close(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((hand) => hand.close()));
    this.#rollout?.close();
    this.#journal?.close();
    this.#hands?.init?.close();
    await this.#watch?.close();
  }

  /** Resolves with what the file says first, or with nothing when it says nothing. */
  async #watchRevision(): Promise<Revision | undefined> {
    const { revision: spec } = this.config;
    if (spec === undefined) return undefined;
    let first: Revision | undefined;
    this.#watch = this.hands.watchRevision(spec.file, {
      revision: (revision) => {
        if (this.isStarted) this.post({ kind: 'revision-read', revision });
        else first = revision;
      },
      problem: (problem) => this.#warn('cannot read the revision', problem),
      mode: (mode) => {
        if (mode === 'polling') this.#warn('the revision file is polled', 'its file system reports no changes');
      },
    });
    await this.#watch.ready;
    return first;
  }

  async #endStrays({ endStrays }: Hands): Promise<void> {
    try {
      await endStrays([...this.#instances.keys()], (notice) => this.emitter.emit('notice', notice));
    } catch (error) {
      this.#warn('cannot stop what is not configured', String(error));
    }
  }

  #openInstances(): void {
    for (const spec of this.config.services) {
      for (let number = 1; number <= spec.instances; number++) {
        const id = instanceId(spec.name, number);
        const hand = this.hands.openInstance(spec, number, {
          fact: (event) => this.post({ kind: 'instance', instance: id, event }),
          notice: (notice) => this.emitter.emit('notice', { ...notice, facts: { instance: id, ...notice.facts } }),
        });
        this.#instances.set(id, hand);
      }
    }
  }

  #tell(from: SupervisorState, to: SupervisorState, event: Stamped<SupervisorEvent>): void {
    for (const transition of transitionsBetween(from, to, event)) this.emitter.emit('transition', transition);
    for (const record of reloadsBetween(from, to)) this.emitter.emit('reload', record);
    const notice = rolloutNotice(this.config.rollout, from.rollout, to.rollout, {
      now: event.stamp.at,
      wall: event.stamp.wall,
    });
    if (notice !== undefined) this.emitter.emit('notice', notice);
    this.emitter.emit('changed', undefined);
    this.#showTitle();
    if (from.stage !== to.stage) this.hands.init?.show('stopping');
  }

  #perform(effect: SupervisorEffect): void {
    switch (effect.kind) {
      case 'instance':
        this.#instances.get(effect.instance)?.perform(effect.effect);
        break;
      case 'rollout':
        this.#rollout?.perform(effect.effect);
        break;
      case 'journal':
        this.#journal?.write();
        break;
      case 'check-revision':
        this.#watch?.check();
        break;
      case 'leave':
        void this.#leave(effect.status);
    }
  }

  async #leave(status: number): Promise<void> {
    await this.hands.init?.exit(status);
    this.emitter.emit('left', { status });
  }

  #readJournal(): unknown {
    const { value, problem } = this.hands.journal.read();
    if (problem !== undefined) this.#warn('the journal is lost', problem);
    return value;
  }

  #showTitle(): void {
    const title = titleOf(this.config, this.state);
    if (title === this.#title) return;
    this.#title = title;
    this.hands.init?.setTitle(title);
  }

  #warn(message: string, problem: string): void {
    this.emitter.emit('notice', { level: 'warn', message, facts: { problem } });
  }
}
