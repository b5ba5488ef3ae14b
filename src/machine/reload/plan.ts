/** What a reload would do, told before anything is done: what the phases decide, in words. */
import type { Millis, Revision } from '../../model/identity.ts';
import type { Strategy } from '../../model/profile.ts';
import type { PlannedStep, ReloadPlan } from '../../model/reload-plan.ts';
import type { ProbeSpec, ServiceSpec } from '../../model/spec.ts';
import { forInstance } from '../../model/spec-instance.ts';
import { gentleStop, pauseMs, rollbackQuitMs } from '../enter.ts';
import { refusalOf, type Instance, type Refused } from '../life.ts';
import { fatalDeaths } from './generation.ts';
import { handingOver, isStepwise, narrowing, restored } from './plan-handover.ts';
import { span, step } from './planned-step.ts';
import { freezeMs, proofTimes } from './phase.ts';

type Way = Exclude<Strategy, 'none'>;
type Found = PlannedStep | undefined;

/** Two masters, for a while. */
const isBeside = (strategy: Way): strategy is 'reexec' | 'overlap' => strategy === 'reexec' || strategy === 'overlap';

/** All of the plan but what an operation would answer. The spec is the service's, for all its instances. */
export function planReload(
  { spec, revision, at }: { readonly spec: ServiceSpec; readonly revision: Revision | undefined; readonly at: Millis },
  instance: Instance,
): Omit<ReloadPlan, 'refusal'> {
  const { service, number, ledger, life } = instance;
  const serving = 'serving' in life ? life.serving : undefined;
  return {
    ...{ service, instance: number, strategy: spec.reload.strategy },
    from: serving === undefined ? null : { generation: serving.number, revision: serving.revision ?? null },
    to: { generation: ledger.newest + 1, revision: revision ?? null },
    steps: stepsFor(forInstance(spec, number), revision, instance, at),
  };
}

function stepsFor(
  spec: ServiceSpec,
  revision: Revision | undefined,
  instance: Instance,
  at: Millis,
): readonly PlannedStep[] {
  const { life } = instance;
  const { strategy } = spec.reload;
  if (strategy === 'none') return [];
  if (life.kind === 'backoff')
    return [step('starting', 'start it at once: it is in backoff, and there is nothing to replace')];
  if (life.kind !== 'running' && life.kind !== 'reloading') return [];
  const steps: readonly Found[] = [
    life.kind === 'reloading' ? step('waiting', 'let the reload that is under way end') : undefined,
    refused(spec, refusalOf(instance, revision), at),
    ...preparing(spec),
    ...trying(spec),
    ...changing(spec, strategy),
    ...narrowing(spec),
    ...proving(spec, strategy, revision),
    ...handingOver(spec),
    soaking(spec, strategy),
    retiring(spec, strategy),
    ...otherwise(spec, strategy),
    ...afterwards(spec, revision),
  ];
  return steps.filter((one) => one !== undefined);
}

const isRetried = ({ reload: { on, retry } }: ServiceSpec): boolean => on === 'revision' && retry.times > 0;

function refused(spec: ServiceSpec, refusal: Refused | undefined, at: Millis): Found {
  if (refusal === undefined) return undefined;
  const { revision, why, againAt } = refusal;
  const isDue = againAt !== undefined && isRetried(spec);
  const byItself = isDue ? `, or borginit by itself in ${span(Math.max(0, Math.round(againAt - at)))}` : '';
  return step('refused', `revision ${revision} was refused: ${why}; only --force tries it again${byItself}`);
}

function preparing({ prepare, cwd, reload: { check, timeoutMs } }: ServiceSpec): readonly Found[] {
  const within = `within ${span(timeoutMs)}`;
  return [
    prepare && step('preparing', `run the prepare hook, ${within}: ${prepare.join(' ')}`, timeoutMs),
    step('preparing', `see that ${cwd} and the program of the server are there`),
    check && step('preparing', `have its configuration checked, ${within}: ${check.join(' ')}`, timeoutMs),
  ];
}

function trying({ reload: { trial, timeoutMs }, stop }: ServiceSpec): readonly Found[] {
  if (trial === undefined) return [];
  const port = trial.port === undefined ? 'a port that is free' : `port ${trial.port}`;
  const twice = `${span(trial.holdMs)} later for ${proofTimes} answers in a row`;
  return [
    step('trying', `start the next generation apart, on ${port}: ${trial.command.join(' ')}`),
    step('trying', `ask it as the health check does until it answers, and ${twice}`, timeoutMs),
    step('trying', `end it: ${stop.signal}, and SIGKILL after ${span(stop.timeoutMs)}`, stop.timeoutMs),
  ];
}

/** From here on something changes. */
function changing(spec: ServiceSpec, strategy: Way): readonly Found[] {
  const { command, server, stop, reload } = spec;
  const { roles, reexec, inPlace } = server;
  const renews = strategy === 'signal' || strategy === 'command';
  const all = renews && roles?.readyWorker !== undefined ? ', and its workers that they are ready' : '';
  const shown = `wait until the master shows that it has set its handlers${all}`;
  const ready = roles && step('preparing', shown, reload.timeoutMs);
  switch (strategy) {
    case 'reexec': {
      const ms = reexec?.appearsWithinMs ?? 0;
      const text = `send ${reexec?.signal} to the old master, and find the new one beside it within ${span(ms)}`;
      return [ready, step('starting', text, ms)];
    }
    case 'overlap': {
      const sockets = spec.listen.join(' ');
      return [
        step('starting', `start it once more beside the first, on the same sockets (${sockets}): ${command.join(' ')}`),
      ];
    }
    case 'signal': {
      const ms = Math.min(inPlace?.showsWithinMs ?? 0, reload.timeoutMs);
      const how = inPlace?.executes === true ? 'executes itself anew' : 'renews its workers';
      const text = `send ${inPlace?.signal} to the master, which ${how}, and see it begin within ${span(ms)}`;
      return [ready, step('renewing', text, ms)];
    }
    case 'command':
      return [ready, step('renewing', `run the reload command: ${reload.command?.join(' ')}`, reload.timeoutMs)];
    case 'restart': {
      const text = `send ${stop.signal} to the main process, and SIGKILL after ${span(stop.timeoutMs)}: nobody serves from here on`;
      return [ready, step('stopping', text, stop.timeoutMs), step('starting', `start it anew: ${command.join(' ')}`)];
    }
  }
}

function proving(spec: ServiceSpec, strategy: Way, revision: Revision | undefined): readonly Found[] {
  const { health, cwd, server, reload } = spec;
  const { roles } = server;
  const place = health?.probe.kind === 'http' ? health.probe.revisionIn : undefined;
  const where = place?.kind === 'header' ? place.name : 'its body';
  const named = place === undefined || revision === undefined ? '' : `, each naming ${revision} in ${where}`;
  const limit = `within ${span(reload.timeoutMs)} of the request`;
  return [
    step('proving', `${limit}, ${completeness(spec, strategy)}`, reload.timeoutMs),
    roles?.workers === 'fixed' ? step('proving', `condemn it if ${fatalDeaths} of its workers end`) : undefined,
    strategy === 'reexec'
      ? step('proving', `see that the new master runs where ${cwd} leads now, if a link does`)
      : undefined,
    health && roles?.readyWorker && step('proving', 'ask once as soon as one is ready: a wrong answer ends it there'),
    proof(spec, strategy, named),
  ];
}

/** Whether it is by its workers that a new generation is known. */
const showsWorkers = ({ server }: ServiceSpec, strategy: Way): boolean =>
  server.roles !== undefined && strategy !== 'command';

function completeness(spec: ServiceSpec, strategy: Way): string {
  const { roles } = spec.server;
  if (strategy === 'overlap' && roles === undefined) return 'wait until it accepts connections, if it shows that';
  if (!showsWorkers(spec, strategy)) return 'see that the main process goes on running';
  const isCounted = roles?.workers === 'fixed' && strategy !== 'restart';
  const loaded = roles?.readyWorker === undefined ? '' : ', with the application loaded';
  if (isStepwise(spec)) return `wait for the worker that is left${loaded}`;
  return `wait for ${isCounted ? 'as many new workers as there are old ones' : 'a new worker'}${loaded}`;
}

function proof(spec: ServiceSpec, strategy: Way, named: string): PlannedStep {
  const { health, server } = spec;
  const stays = showsWorkers(spec, strategy) ? 'the workers stay' : 'it goes on running';
  if (health === undefined) return step('proving', `there is no health check: only that ${stays} is proof`);
  // Where the master executes itself anew, no old workers are left that could answer.
  const isInPlace = strategy === 'signal' && server.inPlace?.executes !== true;
  const isFrozen = isBeside(strategy) || (isInPlace && showsWorkers(spec, strategy));
  const ms = isFrozen ? Math.min(freezeMs, health.timeoutMs) : health.timeoutMs;
  const meanwhile = isFrozen ? ' while the old workers stand still' : '';
  const answers = isStepwise(spec) ? 'an answer' : `${proofTimes} answers in a row`;
  const text = `ask for ${answers} within ${span(ms)}${meanwhile}${named}: ${asked(health)}`;
  return step('proving', `${text}; if silent, again every ${span(pauseMs)} until then`, ms);
}

/** What a health check asks. */
function asked({ probe }: { readonly probe: ProbeSpec }): string {
  if (probe.kind === 'exec') return probe.command.join(' ');
  const { address } = probe;
  const place = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`;
  return probe.kind === 'http' ? `GET ${probe.path} at ${place}` : `a connection to ${place}`;
}

function soaking({ health, reload: { soakMs } }: ServiceSpec, strategy: Way): Found {
  if (soakMs === 0) return undefined;
  const serve = `let ${isBeside(strategy) ? 'both generations' : 'it'} serve for ${span(soakMs)}`;
  if (health === undefined) return step('soaking', `${serve}, and see that nothing of it ends`, soakMs);
  const every = soakMs > pauseMs ? `, asking once every ${span(pauseMs)}` : '';
  return step('soaking', `${serve}${every}; then ask for ${proofTimes} answers again, in the same way`, soakMs);
}

function retiring(spec: ServiceSpec, strategy: Way): Found {
  const {
    server,
    reload: { drainMs },
  } = spec;
  const kill = `SIGKILL to what is left of the old generation after ${span(drainMs)}`;
  const told = `send ${gentleStop(spec)} to the old master: from here on there is no way back; ${kill}`;
  if (isBeside(strategy)) return step('retiring', told, drainMs);
  if (strategy !== 'signal' || server.roles === undefined) return undefined;
  return step('retiring', `wait for the old workers, which the master has told to go; ${kill}`, drainMs);
}

function otherwise(spec: ServiceSpec, strategy: Way): readonly Found[] {
  const { health } = spec;
  const not = (text: string, limitMs: number | null = null): PlannedStep => step('otherwise', text, limitMs);
  if (isBeside(strategy)) {
    const quit = `${gentleStop(spec)} to the new master, and SIGKILL after ${span(rollbackQuitMs)}`;
    return [
      not('on a wrong answer, or if the new master ends: SIGSTOP to it, then SIGKILL to its workers and to it'),
      not(`on silence, or if workers end: ${quit}, or at once if none of them was ready`, rollbackQuitMs),
      restored(spec) ?? not('rolled back: the old generation, from which nothing was taken, serves on'),
    ];
  }
  const unhealthy = health === undefined ? '' : ', unhealthy until it answers well';
  return [
    not(`rolled back, for nothing has changed: ${harmless[strategy]}`),
    not(`failed otherwise, for there is nothing to go back to: what there is serves on${unhealthy}`),
    not('failed if the server ends over it: it is started again as its restart policy says'),
  ];
}

/** What may go wrong before anything is lost. */
const harmless = {
  signal: 'on a failure before the signal, or if nothing is seen to come of it',
  command: 'on a failure before the command or of it, or if all old workers stay and no new one comes',
  restart: 'on a failure before the stop',
};

function afterwards(spec: ServiceSpec, revision: Revision | undefined): readonly Found[] {
  const { times, afterMs } = spec.reload.retry;
  if (revision === undefined) return [step('afterwards', 'there is no revision that could be refused')];
  const retry = `what may pass, such as slowness, is tried again up to ${times} times, ${span(afterMs)} after each failure`;
  return [
    isRetried(spec) ? step('afterwards', retry, afterMs) : undefined,
    step('afterwards', 'a revision that failed is refused, until there is another or --force is given'),
  ];
}
