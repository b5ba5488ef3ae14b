/** What a plan says of a new generation that comes worker by worker. */
import type { PlannedStep } from '../../model/reload-plan.ts';
import type { Scale } from '../../model/profile.ts';
import type { ServiceSpec } from '../../model/spec.ts';
import { freezeMs } from './phase.ts';
import { span, step } from './planned-step.ts';

export const isStepwise = (spec: ServiceSpec): boolean => scaleOf(spec) !== undefined;

const scaleOf = ({ server, reload }: ServiceSpec): Scale | undefined =>
  reload.strategy === 'reexec' && reload.handover === 'stepwise' ? server.scale : undefined;

/** Before the proof. */
export function narrowing(spec: ServiceSpec): readonly PlannedStep[] {
  const scale = scaleOf(spec);
  if (scale === undefined) return [];
  const cut = spec.server.roles?.readyWorker === undefined ? '' : '; those that load the application are ended at once';
  return [step('proving', `send ${scale.down} to the new master until it has one worker${cut}`)];
}

/** After it. */
export function handingOver(spec: ServiceSpec): readonly PlannedStep[] {
  const scale = scaleOf(spec);
  if (scale === undefined) return [];
  const { timeoutMs } = spec.reload;
  const { health, server } = spec;
  const loaded = server.roles?.readyWorker === undefined ? 'runs' : 'has loaded the application';
  const ms = health === undefined ? 0 : Math.min(freezeMs, health.timeoutMs);
  const alone = ` and answers within ${span(ms)} while all others stand still`;
  return [
    step('handing-over', `send ${scale.down} to the old master, and wait until one of its workers has gone`),
    step(
      'handing-over',
      `send ${scale.up} to the new master, and wait until one more of its workers ${loaded}${health === undefined ? '' : alone}`,
    ),
    step('handing-over', 'without memory for one more, first take another old one, and then wait for memory'),
    step('handing-over', `so on until all but one have changed, within ${span(timeoutMs)} of the request`, timeoutMs),
  ];
}

/** What there is to go back to. */
export function restored(spec: ServiceSpec): PlannedStep | undefined {
  const scale = scaleOf(spec);
  if (scale === undefined) return undefined;
  const back = `send ${scale.up} to the old master until it has all its workers again`;
  return step('otherwise', `rolled back: the old generation serves on; where workers were taken from it, ${back}`);
}
