/** What an operator asked for, followed until it has ended one way or the other. */
import type { InstanceCommand } from '../model/event.ts';
import type { Operation, OperationResult } from '../model/operation.ts';
import type { ServiceSpec } from '../model/spec.ts';
import { describeOutcome } from '../model/outcome.ts';
import { isAtRest, refusalOf, type Instance, type Refused } from '../machine/life.ts';
import type { SupervisorState } from '../machine/supervisor.ts';

/** The command that an operation is for one instance. */
export function commandFor({ kind, force = false }: Pick<Operation, 'kind' | 'force'>): InstanceCommand {
  switch (kind) {
    case 'stop':
      return { kind, how: 'graceful' };
    case 'reload':
      return { kind, force };
    case 'start':
    case 'restart':
      return { kind };
  }
}

/** Why an operation cannot even begin; undefined when it can. Shape: "cannot reload web.1: it is down". */
export function refusal(
  { kind, force = false }: Pick<Operation, 'kind' | 'force'>,
  { stage, revision }: Pick<SupervisorState, 'stage' | 'revision'>,
  spec: ServiceSpec,
  instance: Instance,
): string | undefined {
  const { life } = instance;
  if (stage !== 'serving' && kind !== 'stop') return `cannot ${kind} ${instance.id}: borginit is leaving`;
  if (kind !== 'reload') return undefined;
  if (spec.reload.strategy === 'none') {
    return `cannot reload ${instance.id}: server "${spec.server.name}" has no way to reload; restart it instead`;
  }
  const refused = revision === undefined ? undefined : refusalOf(instance, revision);
  if (refused !== undefined && !force && life.kind === 'running') {
    return wasRefused(instance, refused);
  }
  if (life.kind === 'running' || life.kind === 'reloading' || life.kind === 'backoff') return undefined;
  return `cannot reload ${instance.id}: it is ${life.kind}`;
}

const wasRefused = ({ id }: Instance, { revision, why }: Refused): string =>
  `cannot reload ${id}: revision ${revision} was refused: ${why}; --force tries it again`;

/** The result once the operation has ended; undefined while it goes on. `before` is the instance as it was asked. */
export function resultOf(kind: Operation['kind'], before: Instance, now: Instance): OperationResult | undefined {
  switch (kind) {
    case 'stop':
      return stopResult(before, now);
    case 'start':
    case 'restart':
      return startResult(before, now, kind);
    case 'reload':
      return reloadResult(before, now);
  }
}

function stopResult(before: Instance, now: Instance): OperationResult | undefined {
  if (isAtRest(now.life)) return result(now, true, stoppedHow(now));
  return isUp(now) && isNewSince(before, now) ? result(now, false, 'somebody has started it again') : undefined;
}

/** Another generation than the one that ran as it was asked; one that was being started then had yet to begin. */
const isNewSince = (before: Instance, { ledger }: Instance): boolean =>
  ledger.newest > before.ledger.newest || before.life.kind === 'starting';

function startResult(before: Instance, now: Instance, kind: 'start' | 'restart'): OperationResult | undefined {
  const { life } = now;
  const isNew = isNewSince(before, now) || (kind === 'start' && isUp(before));
  if (isUp(now) && isNew) return result(now, true, `running, generation ${generationOf(now)}`);
  if (life.kind === 'failed' || life.kind === 'backoff')
    return result(now, false, `it ${describeOutcome(life.outcome)}`);
  if (life.kind !== 'down') return undefined;
  return life.why === 'completed'
    ? result(now, true, stoppedHow(now))
    : result(now, false, 'somebody has stopped it again');
}

function reloadResult(before: Instance, now: Instance): OperationResult | undefined {
  const { life, ledger } = now;
  const { lastReload } = ledger;
  const isNews = lastReload !== undefined && lastReload !== before.ledger.lastReload && ledger.reloadAsked === 'no';
  const wasUnderWay =
    before.life.kind === 'reloading' && lastReload?.to.generation === before.life.reload.target.number;
  if (isNews && !wasUnderWay) {
    const what = `${lastReload.outcome}: ${lastReload.why}`;
    return { ...result(now, lastReload.outcome === 'reloaded', what), reload: lastReload };
  }
  // One that was under way when this one was asked for is not the answer, unless nothing is to follow it.
  if (isNews && life.kind === 'running' && ledger.refused !== undefined)
    return result(now, false, wasRefused(now, ledger.refused));
  // Started anew in the meantime, which is as good.
  if (life.kind === 'running' && life.serving.number > before.ledger.newest) {
    return result(now, true, `running, generation ${generationOf(now)}`);
  }
  if (isAtRest(life)) return result(now, false, `it is ${life.kind}`);
  return undefined;
}

const isUp = ({ life }: Instance): boolean => life.kind === 'running' || life.kind === 'reloading';

const generationOf = ({ life }: Instance): number => ('serving' in life ? life.serving.number : 0);

const stoppedHow = ({ life }: Instance): string =>
  'outcome' in life && life.outcome !== undefined ? `down, ${describeOutcome(life.outcome)}` : 'down';

const result = ({ service, number }: Instance, ok: boolean, what: string): OperationResult => ({
  service,
  instance: number,
  ok,
  what,
  reload: null,
});
