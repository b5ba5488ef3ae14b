/** A reload under way: what every phase does about news that does not belong to one, and the way into each phase. */
import type { InstanceEvent } from '../../model/event.ts';
import { describeOutcome, type ExitOutcome } from '../../model/outcome.ts';
import { isSameProcess } from '../../model/process.ts';
import { ended } from '../ending.ts';
import { passOn } from '../enter.ts';
import type { Afterwards, In, Instance } from '../life.ts';
import { loseShim } from '../orphaned.ts';
import { currentGeneration, keep, stay, withLedger, type Step, type Turn } from '../step.ts';
import { beginStop, clear, type StopManner } from '../stopping.ts';
import { closeReload, lostShim } from './end.ts';
import { isInPlace } from './generation.ts';
import type { PhaseEvent } from './phase.ts';
import { handingOver } from './handing-over.ts';
import { letGo } from './narrowing.ts';
import { preparing } from './preparing.ts';
import { proving } from './proving.ts';
import { renewing } from './renewing.ts';
import { retiring } from './retiring.ts';
import { rollingBack } from './rolling-back.ts';
import { salvage, salvaging } from './salvaging.ts';
import { soaking } from './soaking.ts';
import { secondStarted, starting } from './starting.ts';
import { trying } from './trying.ts';

export function reloading(turn: Turn, instance: In<'reloading'>, event: InstanceEvent): Step {
  const step = dispatch(turn, instance, event);
  if (instance.life.reload.phase !== 'trying' || isTrying(step.instance)) return step;
  // Whatever ended the phase, nothing of the trial is to be left.
  const generation = currentGeneration(instance);
  return { ...step, effects: [...step.effects, { kind: 'end-trial', generation, how: 'kill' }] };
}

/** Who has insisted once has not changed his mind because somebody else asks without. */
const rememberAsked = (instance: Instance, force: boolean): Instance =>
  withLedger(instance, { reloadAsked: force || instance.ledger.reloadAsked === 'forced' ? 'forced' : 'unforced' });

const isTrying = ({ life }: Instance): boolean => life.kind === 'reloading' && life.reload.phase === 'trying';

function dispatch(turn: Turn, instance: In<'reloading'>, event: InstanceEvent): Step {
  const { reload } = instance.life;
  switch (event.kind) {
    case 'stop':
      return abandon(turn, instance, event.how, 'rest');
    case 'restart':
      return abandon(turn, instance, 'graceful', 'restart');
    case 'reload':
      return { instance: rememberAsked(instance, event.force), effects: [] };
    case 'forward':
      return keep(instance, instance.life, passOn(turn, instance.life.serving.main, event.signal));
    case 'shim-lost':
      return loseShim(turn, lostShim(turn, instance, reload), event.left, {
        outcome: { kind: 'unknown' },
        then: 'decide',
      });
    case 'emptied':
      return ended(turn, failed(turn, instance, 'nothing is left of either generation'), { kind: 'unknown' }, 'decide');
    case 'second-started':
      return secondStarted(turn, instance, event.process);
    case 'main-ended':
      if (event.process !== undefined && !isSameProcess(event.process, instance.life.serving.main))
        return heirEnded(turn, instance, event.outcome);
      if (isInPlace(reload)) return masterEnded(turn, instance, event.outcome);
      // In `retiring` that is the plan: the heir succeeds in the same breath. In `salvaging` it is no news.
      if (reload.phase === 'retiring' || reload.phase === 'salvaging') return stay(instance);
      return salvage(turn, instance, event.outcome, `the old master ${describeOutcome(event.outcome)}`);
    case 'start':
    case 'revision-changed':
    case 'shim-found':
    case 'shim-absent':
    case 'shim-failed':
    case 'orphans-found':
      return stay(instance);
    case 'main-succeeded':
    case 'process-gone':
    case 'looked':
    case 'timer-fired':
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return phase(turn, instance, event);
  }
}

function phase(turn: Turn, instance: In<'reloading'>, event: PhaseEvent): Step {
  const { reload } = instance.life;
  switch (reload.phase) {
    case 'preparing':
      return preparing(turn, instance, reload, event);
    case 'trying':
      return trying(turn, instance, reload, event);
    case 'starting':
      return starting(turn, instance, reload, event);
    case 'renewing':
      return renewing(turn, instance, reload, event);
    case 'proving':
      return proving(turn, instance, reload, event);
    case 'handing-over':
      return handingOver(turn, instance, reload, event);
    case 'soaking':
      return soaking(turn, instance, reload, event);
    case 'retiring':
      return retiring(turn, instance, reload, event);
    case 'rolling-back':
      return rollingBack(turn, instance, reload, event);
    case 'salvaging':
      return salvaging(turn, instance, reload, event);
  }
}

/** The new master had become the main process, and has ended too. */
const heirEnded = (turn: Turn, instance: In<'reloading'>, outcome: ExitOutcome): Step =>
  clear(turn, failed(turn, instance, 'both masters have ended'), instance.life, outcome, 'decide');

/** The only master is gone, and with it the service: what it left behind goes too, and it is started anew. */
const masterEnded = (turn: Turn, instance: In<'reloading'>, outcome: ExitOutcome): Step =>
  clear(
    turn,
    failed(turn, instance, `the server ${describeOutcome(outcome)} as it was reloaded: its own log says why`),
    instance.life,
    outcome,
    'decide',
  );

const failed = (turn: Turn, instance: In<'reloading'>, why: string): Instance =>
  closeReload(turn, instance, instance.life.reload, { outcome: 'failed', why });

/** An operator wants both generations gone: the new one is told first. */
function abandon(turn: Turn, instance: In<'reloading'>, how: StopManner, then: Afterwards): Step {
  const { life } = instance;
  const others = 'fresh' in life.reload && !isInPlace(life.reload) ? [life.reload.fresh.master] : [];
  const why = then === 'rest' ? 'an operator stopped it' : 'an operator restarted it';
  const closed = closeReload(turn, instance, life.reload, { outcome: 'failed', why, isAccident: true });
  const stop = beginStop(turn, closed, life, how, then, others);
  return { ...stop, effects: [...stop.effects, ...letGo(life.reload.handover)] };
}
