import type { PlannedStep, ReloadPlan } from '../../model/reload-plan.ts';
import { renderSides } from './reload-view.ts';
import { paint, printable, wrapText } from './text-table.ts';

/** How much room there is. */
export interface PlanView {
  readonly columns: number;
  readonly isColoured: boolean;
  /** Whether a revision that was refused is meant, too. */
  readonly force: boolean;
}

/** Whether `borginit reload` would do what is planned. */
export const wouldReload = ({ refusal }: ReloadPlan, force: boolean): boolean =>
  refusal === null || (force && refusal.needsForce);

/**
 * The text of `borginit reload --dry-run` for one instance.
 *
 * Shape   "✓ web.1 would be reloaded by reexec: r1 → r2, generation 4", then the steps, each phase named once
 */
export function renderPlan(plan: ReloadPlan, view: PlanView): string {
  const indent = ' '.repeat(phaseWidth + 4);
  const steps = plan.refusal?.needsForce === false ? [] : plan.steps;
  const rows = steps.flatMap(({ phase, text }, index) => {
    const isFirst = steps[index - 1]?.phase !== phase;
    const [first = '', ...more] = wrapText(printable(text), view.columns - indent.length - hanging.length);
    const label = paint((isFirst ? phase : '').padEnd(phaseWidth), styleOf(phase), view.isColoured);
    return [`  ${label}  ${first}`, ...more.map((line) => `${indent}${hanging}${line}`)];
  });
  return [...wrapText(headline(plan, view), view.columns), ...rows].map((line) => `${line}\n`).join('');
}

/** As wide as the longest phase. */
const phaseWidth = 'afterwards'.length;

/** What sets the rest of a step apart from the next one. */
const hanging = '  ';

const styleOf = (phase: PlannedStep['phase']) => (phase === 'refused' || phase === 'otherwise' ? 'yellow' : 'cyan');

function headline(plan: ReloadPlan, { isColoured, force }: PlanView): string {
  const { service, instance, strategy, from, to, refusal } = plan;
  const subject = `${printable(service)}.${instance}`;
  if (refusal !== null && !refusal.needsForce)
    return `${paint('✗', 'red', isColoured)} ${subject} ${printable(refusal.why)}`;
  const would = wouldReload(plan, force);
  const mark = would ? paint('✓', 'green', isColoured) : paint('✗', 'red', isColoured);
  if (from === null) return `${mark} ${subject} would be started, generation ${to.generation}`;
  // Sides without a revision are named by their generations.
  const made = to.revision === null ? '' : `, generation ${to.generation}`;
  return `${mark} ${subject} would ${would ? '' : 'not '}be reloaded by ${strategy}: ${renderSides({ from, to })}${made}`;
}
