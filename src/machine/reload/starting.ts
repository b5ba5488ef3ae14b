/** The old master was told to start a new one: find it, or find that there is none. */
import type { ProcessRef } from '../../model/process.ts';
import { dismiss } from '../enter.ts';
import type { In } from '../life.ts';
import { stay, type Step, type Turn } from '../step.ts';
import { keepOld } from './end.ts';
import { keepPhase, lookNow, lookSoon, planOf, toPhase, type PhaseFunction } from './phase.ts';
import { beginProof } from './proving.ts';
import { orSameList, sightNewMaster } from './roles.ts';

export const starting: PhaseFunction<'starting'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked': {
      if (reload.by === 'shim') return stay(instance);
      const { name, roles, reexec } = turn.spec.server;
      if (roles === undefined || reexec === undefined) throw new Error(`unreachable: ${name} has no new master`);
      const sighting = sightNewMaster({ roles, reexec }, event.processes, instance.life.serving.main, reload);
      if (sighting.kind === 'certain') return beginProof(turn, instance, reload, reload.expected, sighting.master);
      return keepPhase(
        instance,
        { ...reload, suspects: orSameList(reload.suspects, sighting.masters) },
        lookSoon(turn, instance),
      );
    }
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'step') return stay(instance);
      if (reload.by === 'shim') return keepOld(turn, instance, { why: 'the shim did not start it', mayPass: true });
      // A dead supervisor may not have come to send the signal: begin again, once, knowing that it was not.
      if (reload.signal === 'uncertain')
        return toPhase(turn, instance, { ...planOf(reload), phase: 'preparing', step: 'hook' });
      return keepOld(turn, instance, { why: 'no new master appeared, or it ended at once: its own log says why' });
    case 'main-succeeded':
    case 'process-gone':
    case 'probed':
    case 'prepared':
    case 'reload-ran':
    case 'trial-ended':
    case 'trial-looked':
    case 'trial-over':
      return stay(instance);
  }
};

/** The shim has started the new master, or one that was asked for by somebody who does not wait for it any more. */
export const secondStarted = (turn: Turn, instance: In<'reloading'>, process: ProcessRef): Step => {
  const { reload } = instance.life;
  return reload.phase === 'starting' && reload.by === 'shim'
    ? beginProof(turn, instance, reload, reload.expected, { ...process, image: '' })
    : dismiss(instance, process);
};
