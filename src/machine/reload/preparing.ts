/** The prepare hook has its say, and the master is looked at before it is signalled. Nothing has changed yet. */
import { describeOutcome, exitStatus } from '../../model/outcome.ts';
import { shows } from '../../model/profile.ts';
import { stay } from '../step.ts';
import { keepOld } from './end.ts';
import { keepPhase, lookNow, lookSoon, planOf, toPhase, type PhaseFunction } from './phase.ts';
import { beginProof } from './proving.ts';
import { find, findMaster, reference, strangersOf, workersOf } from './roles.ts';

export const preparing: PhaseFunction<'preparing'> = (turn, instance, reload, event) => {
  const { serving } = instance.life;
  switch (event.kind) {
    case 'prepared': {
      if (exitStatus(event.outcome) !== 0) {
        const said = event.lastLine === '' ? '' : `: ${event.lastLine}`;
        return keepOld(turn, instance, `the prepare hook ${describeOutcome(event.outcome)}${said}`);
      }
      if (event.missing !== '') return keepOld(turn, instance, `no new master could start: ${event.missing}`);
      return keepPhase(instance, { ...reload, step: 'looking' }, lookNow(instance));
    }
    case 'looked': {
      if (reload.step === 'hook') return stay(instance);
      const master = find(event.processes, serving.main);
      // Too early, and the signal kills a server that has not set its handlers.
      if (master === undefined || !shows(turn.server.readyMaster, master)) {
        return keepPhase(instance, reload, lookSoon(turn, instance));
      }
      const expected = workersOf(turn.server, event.processes, serving.main).length;
      const begun = findMaster(turn.server, event.processes, serving.main);
      if (begun !== undefined) return beginProof(turn, instance, reload, expected, begun);
      return toPhase(turn, instance, {
        ...planOf(reload),
        phase: 'starting',
        signal: 'sent',
        appearsBy: turn.stamp.at + turn.server.appearsWithinMs,
        strangers: strangersOf(turn.server, event.processes, serving.main).map(reference),
        suspects: [],
        expected,
      });
    }
    case 'timer-fired':
      if (event.timer === 'look') return keepPhase(instance, reload, lookNow(instance));
      if (event.timer !== 'deadline') return stay(instance);
      return keepOld(turn, instance, 'the master was not ready to be signalled in time');
    case 'process-gone':
    case 'main-succeeded':
    case 'probed':
      return stay(instance);
  }
};
