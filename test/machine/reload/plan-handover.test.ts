import { describe, expect, it } from 'vitest';
import { handingOver, isStepwise, narrowing, restored } from '../../../src/machine/reload/plan-handover.ts';
import { planReload } from '../../../src/machine/reload/plan.ts';
import { profiles } from '../../../src/servers/profiles.ts';
import { now, r2, running, sampleInstance, sampleSpec, servedBy } from '../sample.ts';

const reload = { ...sampleSpec().reload, handover: 'stepwise' } as const;

describe('the plan of a stepwise hand-over', () => {
  it('takes one worker to its proof, then the others, and knows the way back', () => {
    const { steps } = planReload({ spec: sampleSpec({ reload }), revision: r2, at: now }, sampleInstance(running));
    const told = steps.map(({ phase, text }) => `${phase}: ${text}`);
    expect(told.slice(3, -1)).toEqual([
      'proving: send SIGTTOU to the new master until it has one worker; those that load the application are ended at once',
      'proving: within 6s of the request, wait for the worker that is left, with the application loaded',
      'proving: condemn it if 3 of its workers end',
      'proving: see that the new master runs where / leads now, if a link does',
      'proving: ask once as soon as one is ready: a wrong answer ends it there',
      'proving: ask for an answer within 250ms while the old workers stand still: a connection to localhost:8000; ' +
        'if silent, again every 1s until then',
      'handing-over: send SIGTTOU to the old master, and wait until one of its workers has gone',
      'handing-over: send SIGTTIN to the new master, and wait until one more of its workers has loaded the application ' +
        'and answers within 250ms while all others stand still',
      'handing-over: without memory for one more, first take another old one, and then wait for memory',
      'handing-over: so on until all but one have changed, within 6s of the request',
      'soaking: let both generations serve for 500ms; then ask for 2 answers again, in the same way',
      'retiring: send SIGQUIT to the old master: from here on there is no way back; ' +
        'SIGKILL to what is left of the old generation after 3s',
      'otherwise: on a wrong answer, or if the new master ends: SIGSTOP to it, then SIGKILL to its workers and to it',
      'otherwise: on silence, or if workers end: SIGQUIT to the new master, and SIGKILL after 5s, or at once if none of them was ready',
      'otherwise: rolled back: the old generation serves on; where workers were taken from it, ' +
        'send SIGTTIN to the old master until it has all its workers again',
    ]);
  });

  it('says less where less is known', () => {
    const { roles } = profiles.unicorn;
    const server = { ...profiles.unicorn, roles: roles && { ...roles, readyWorker: undefined } };
    const spec = sampleSpec({ server, reload, health: undefined });
    expect(narrowing(spec).map(({ text }) => text)).toEqual(['send SIGTTOU to the new master until it has one worker']);
    expect(handingOver(spec)[1]?.text).toBe(
      'send SIGTTIN to the new master, and wait until one more of its workers runs',
    );
  });

  it('is none where all come together, or one master has them all', () => {
    for (const spec of [sampleSpec(), sampleSpec(servedBy(profiles.nginx))]) {
      expect([isStepwise(spec), narrowing(spec), handingOver(spec), restored(spec)]).toEqual([
        false,
        [],
        [],
        undefined,
      ]);
    }
  });
});
