/** The old master was told to start a new one: find it, or find that there is none. */
import { stay } from '../step.ts';
import { keepOld } from './end.ts';
import { keepPhase, lookNow, lookSoon, planOf, toPhase, type PhaseFunction } from './phase.ts';
import { beginProof } from './proving.ts';
import { orSameList, sightNewMaster } from './roles.ts';

export const starting: PhaseFunction<'starting'> = (turn, instance, reload, event) => {
  switch (event.kind) {
    case 'looked': {
      const sighting = sightNewMaster(turn.server, event.processes, instance.life.serving.main, reload);
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
      // A dead supervisor may not have come to send the signal: begin again, once, knowing that it was not.
      if (reload.signal === 'uncertain')
        return toPhase(turn, instance, { ...planOf(reload), phase: 'preparing', step: 'hook' });
      return keepOld(turn, instance, 'no new master appeared, or it ended at once: its own log says why');
    case 'main-succeeded':
    case 'process-gone':
    case 'probed':
    case 'prepared':
      return stay(instance);
  }
};
