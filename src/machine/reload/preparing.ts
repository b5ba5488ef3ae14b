/**
 * The prepare hook has its say, and the master is looked at before it is signalled. Nothing has changed yet, but that a
 * second master goes which somebody else has begun: what it has loaded is what was there then, and a master that has a
 * second one already makes no other.
 */
import { describeOutcome, exitStatus } from '../../model/outcome.ts';
import { isSameProcess, type ProcessInfo } from '../../model/process.ts';
import { shows } from '../../model/profile.ts';
import { signal } from '../enter.ts';
import type { In } from '../life.ts';
import { stay, type Step } from '../step.ts';
import { keepOld } from './end.ts';
import { keepPhase, lookNow, lookSoon, planOf, toPhase, type PhaseFunction, type ReloadTurn } from './phase.ts';
import { find, findMaster, reference, strangersOf, workersOf } from './roles.ts';
import type { InPhase, Plan } from './state.ts';

export const preparing: PhaseFunction<'preparing'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'prepared': {
      if (exitStatus(event.outcome) !== 0) {
        const said = event.lastLine === '' ? '' : `: ${event.lastLine}`;
        return keepOld(turn, instance, `the prepare hook ${describeOutcome(event.outcome)}${said}`);
      }
      if (event.missing !== '') return keepOld(turn, instance, `no new master could start: ${event.missing}`);
      return keepPhase(instance, looking(reload), lookNow(instance));
    }
    case 'looked':
      return reload.step === 'hook' ? stay(instance) : looked(turn, instance, reload, event.processes);
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'deadline') return stay(instance);
      return keepOld(turn, instance, late[reload.step]);
    case 'process-gone':
    case 'main-succeeded':
    case 'probed':
      return stay(instance);
  }
};

const looking = (reload: Plan) => ({ ...planOf(reload), phase: 'preparing', step: 'looking' }) as const;

function looked(
  turn: ReloadTurn,
  instance: In<'reloading'>,
  reload: InPhase<'preparing'>,
  processes: readonly ProcessInfo[],
): Step {
  const { serving } = instance.life;
  const again = lookSoon(turn, instance);
  const master = find(processes, serving.main);
  // Too early, and the signal kills a server that has not set its handlers.
  if (master === undefined || !shows(turn.server.readyMaster, master)) return keepPhase(instance, reload, again);
  if (reload.step === 'clearing') {
    // Reaped, that is: until then its parent may take it for alive.
    const isGone = !processes.some((process) => isSameProcess(process, reload.second));
    return keepPhase(instance, isGone ? looking(reload) : reload, again);
  }
  const second = findMaster(turn.server, processes, serving.main);
  if (second !== undefined) {
    const next = { ...looking(reload), step: 'clearing', second: reference(second) } as const;
    return keepPhase(instance, next, signal(next.second, turn.profile.signals.gracefulStop), again);
  }
  return toPhase(turn, instance, {
    ...planOf(reload),
    phase: 'starting',
    signal: 'sent',
    appearsBy: turn.stamp.at + turn.server.appearsWithinMs,
    strangers: strangersOf(turn.server, processes, serving.main).map(reference),
    suspects: [],
    expected: workersOf(turn.server, processes, serving.main).length,
  });
}

/** What was waited for when the deadline came. */
const late = {
  hook: 'the prepare hook did not end in time',
  looking: 'the master was not ready to be signalled in time',
  clearing: 'a second master, which somebody else had begun, did not go in time',
} as const;
