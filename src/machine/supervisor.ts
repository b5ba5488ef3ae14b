/** Every instance together: who hears of what, and when there is nothing left to supervise. */
import type { SupervisorEffect } from '../model/effect.ts';
import type { InstanceEvent, Stamp, SupervisorEvent } from '../model/event.ts';
import type { InstanceId, Revision } from '../model/identity.ts';
import { exitStatus } from '../model/outcome.ts';
import type { ReloadRecord } from '../model/reload-record.ts';
import type { Config, ServiceSpec } from '../model/spec.ts';
import { findShim } from './enter.ts';
import { newInstance, stepInstance } from './instance.ts';
import { isAtRest, lifeName, wishOf, type Era, type Instance, type Ledger, type Life } from './life.ts';
import { admittedRevision, idle, lacks, readingAfter, stepRollout } from './rollout.ts';
import type { Reading, Situation } from './rollout.ts';
import { signalMeaning } from './signals.ts';
import { withLedger } from './step.ts';

export interface SupervisorState extends Situation {
  /** The last reloads, oldest first. */
  readonly history: readonly ReloadRecord[];
  /** `leaving`: every service is being stopped, and then the supervisor goes. */
  readonly stage: 'serving' | 'leaving' | 'left';
}

/** What an earlier supervisor left in the journal. */
export interface Journalled {
  readonly instances: readonly { readonly id: InstanceId; readonly ledger: Ledger; readonly life: Life | undefined }[];
  readonly history: readonly ReloadRecord[];
  readonly stage: SupervisorState['stage'];
  /** Undefined in the journal of a borginit that knew no rollout. */
  readonly reading: Reading | undefined;
}

export interface SupervisorStep {
  readonly state: SupervisorState;
  readonly effects: readonly SupervisorEffect[];
}

/** How many reloads are remembered. */
export const historyLength = 100;

/** The state that a supervisor begins with, and the search for what earlier ones left running. */
export function beginSupervising(
  config: Config,
  reading: Reading,
  journalled: Journalled | undefined,
  era: Era,
): SupervisorStep {
  const instances = config.services.flatMap((service) =>
    Array.from({ length: service.instances }, (_, index) => {
      const fresh = newInstance(service.name, index + 1);
      const known = journalled?.instances.find(({ id }) => id === fresh.id);
      return known === undefined ? fresh : newInstance(service.name, index + 1, { ...known, era });
    }),
  );
  const leaving = era === 'same' && wasLeaving(journalled);
  const state: SupervisorState = {
    instances: leaving ? instances.map(stopOnceAdopted) : instances,
    ...readingAfter(journalled?.reading, reading.revision, reading.readAt),
    rollout: idle,
    history: journalled?.history ?? [],
    stage: leaving ? 'leaving' : 'serving',
  };
  return {
    state,
    effects: instances.flatMap(({ id, life }) =>
      life.kind === 'adopting' ? [{ kind: 'instance', instance: id, effect: findShim(life) } as const] : [],
    ),
  };
}

/** `left` is also where services end that have all completed or failed; with one that was told to stop, it was a leave. */
const wasLeaving = (journalled: Journalled | undefined): boolean =>
  journalled?.stage === 'leaving' ||
  (journalled?.stage === 'left' &&
    journalled.instances.some(({ life }) => life?.kind === 'down' && life.why === 'asked'));

/** The supervisor before this one died while it was stopping everything. */
const stopOnceAdopted = (instance: Instance): Instance =>
  instance.life.kind === 'adopting' ? { ...instance, life: { ...instance.life, wish: 'graceful' } } : instance;

/** Pure and total. */
export function stepSupervisor(
  config: Config,
  state: SupervisorState,
  event: SupervisorEvent,
  stamp: Stamp,
): SupervisorStep {
  if (state.stage === 'left') return { state, effects: [] };
  return settle(config, state, rollOut(config, heed(config, state, event, stamp), event, stamp));
}

function heed(config: Config, state: SupervisorState, event: SupervisorEvent, stamp: Stamp): SupervisorStep {
  switch (event.kind) {
    case 'instance':
      if (state.stage !== 'serving' && isWishToRun(event.event)) return { state, effects: [] };
      return tell(config, state, stamp, event.event, ({ id }) => id === event.instance);
    case 'revision-read':
      if (event.revision === state.revision) return { state, effects: [] };
      return revisionRead(config, state, event.revision, stamp);
    case 'rollout':
      return { state, effects: [] };
    case 'signal-received':
      return signalReceived(config, state, event, stamp);
    case 'leave':
      return leave(config, state, event.how, stamp);
  }
}

/** Lets the rollout go on, and with it the instances once it admits them. */
function rollOut(config: Config, step: SupervisorStep, event: SupervisorEvent, stamp: Stamp): SupervisorStep {
  const heard = event.kind === 'rollout' ? event.event : undefined;
  const { rollout, effects } = stepRollout(config, step.state, heard, stamp.at);
  const asked = effects.map((effect) => ({ kind: 'rollout', effect }) as const);
  if (rollout === step.state.rollout) return { ...step, effects: [...step.effects, ...asked] };
  const state = { ...step.state, rollout };
  const admitted = admittedRevision(config, state);
  const follows = (instance: Instance): boolean =>
    admitted !== undefined && lacks(specOf(config, instance.service), instance, admitted, stamp.at);
  const told = tell(config, state, stamp, { kind: 'revision-changed' }, follows);
  return { state: told.state, effects: [...step.effects, ...asked, ...told.effects] };
}

/** What nobody is heard with any more once everything is being stopped. */
const isWishToRun = ({ kind }: InstanceEvent): boolean => kind === 'start' || kind === 'restart' || kind === 'reload';

function revisionRead(config: Config, state: SupervisorState, revision: Revision, stamp: Stamp): SupervisorStep {
  // The file has changed, so what was refused under its old content may be tried again.
  const instances = state.instances.map((instance) => withLedger(instance, { refused: undefined }));
  const follows = ({ service }: Instance): boolean => specOf(config, service).reload.on === 'revision';
  return tell(
    config,
    { ...state, instances, ...readingAfter(state, revision, stamp.at) },
    stamp,
    { kind: 'revision-changed' },
    follows,
  );
}

const leave = (config: Config, state: SupervisorState, how: 'graceful' | 'quick', stamp: Stamp): SupervisorStep =>
  tell(config, { ...state, stage: 'leaving' }, stamp, { kind: 'stop', how }, () => true);

function signalReceived(
  config: Config,
  state: SupervisorState,
  received: Extract<SupervisorEvent, { kind: 'signal-received' }>,
  stamp: Stamp,
): SupervisorStep {
  let step: SupervisorStep = { state, effects: [] };
  for (const { id, service } of state.instances) {
    const meaning = signalMeaning(received, specOf(config, service), config.mode);
    switch (meaning.kind) {
      case 'leave':
        return leave(config, state, meaning.how, stamp);
      case 'check-revision':
        return { ...step, effects: [{ kind: 'check-revision' }] };
      case 'nothing':
        break;
      case 'tell': {
        const told = tell(config, step.state, stamp, meaning.event, (instance) => instance.id === id);
        step = { state: told.state, effects: [...step.effects, ...told.effects] };
      }
    }
  }
  return step;
}

/** Steps the instances that are meant. */
function tell(
  config: Config,
  state: SupervisorState,
  stamp: Stamp,
  event: InstanceEvent,
  isMeant: (instance: Instance) => boolean,
): SupervisorStep {
  const effects: SupervisorEffect[] = [];
  const admitted = admittedRevision(config, state);
  const instances = state.instances.map((instance) => {
    if (!isMeant(instance)) return instance;
    const spec = specOf(config, instance.service);
    const turn = { spec, revision: state.revision, admitted, stamp };
    const step = stepInstance(turn, instance, event);
    effects.push(...step.effects.map((effect) => ({ kind: 'instance', instance: instance.id, effect }) as const));
    return step.instance;
  });
  const changed = instances.some((instance, index) => instance !== state.instances[index]);
  return { state: changed ? { ...state, instances } : state, effects };
}

/** What follows from the whole: history grows, decisions go to disk first, and at the end the supervisor leaves. */
function settle(config: Config, before: SupervisorState, step: SupervisorStep): SupervisorStep {
  const finished = step.state.instances.flatMap((instance, index) => {
    const { lastReload } = instance.ledger;
    return lastReload === undefined || lastReload === before.instances[index]?.ledger.lastReload ? [] : [lastReload];
  });
  const history =
    finished.length === 0 ? step.state.history : [...step.state.history, ...finished].slice(-historyLength);
  const state = history === step.state.history ? step.state : { ...step.state, history };
  const effects = isWorthKeeping(before, state) ? [{ kind: 'journal' } as const, ...step.effects] : step.effects;
  if (state.stage === 'left' || !isOver(state)) return { state, effects };
  return {
    state: { ...state, stage: 'left' },
    effects: [...effects, { kind: 'leave', status: leaveStatus(config, state) }],
  };
}

const isWorthKeeping = (before: SupervisorState, after: SupervisorState): boolean =>
  before.stage !== after.stage ||
  before.readAt !== after.readAt ||
  after.instances.some((instance, index) => {
    const was = before.instances[index];
    return was === undefined || was.ledger !== instance.ledger || isDecision(was.life, instance.life);
  });

const isDecision = (before: Life, after: Life): boolean =>
  lifeName(before) !== lifeName(after) || wishOf(before) !== wishOf(after);

/** Everything is at rest, and nobody who is still here put it there on purpose. */
function isOver(state: SupervisorState): boolean {
  if (!state.instances.every(({ life }) => isAtRest(life))) return false;
  return state.stage === 'leaving' || !state.instances.some(({ life }) => life.kind === 'down' && life.why === 'asked');
}

/** A container for one command ends as the command did; one that was told to stop has done so. */
function leaveStatus(config: Config, state: SupervisorState): number {
  if (state.stage === 'leaving' && config.mode === 'services') return 0;
  const statuses = state.instances.map(({ life }) =>
    'outcome' in life && life.outcome !== undefined ? exitStatus(life.outcome) : 0,
  );
  return statuses.find((status) => status !== 0) ?? 0;
}

function specOf(config: Config, service: string): ServiceSpec {
  const spec = config.services.find(({ name }) => name === service);
  if (spec === undefined) throw new Error(`unreachable: no service ${service}`);
  return spec;
}
