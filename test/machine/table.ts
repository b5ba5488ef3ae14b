import { expect, it } from 'vitest';
import { stepInstance } from '../../src/machine/instance.ts';
import { lifeName, type Ledger, type Life } from '../../src/machine/life.ts';
import type { Step, Turn } from '../../src/machine/step.ts';
import type { InstanceEvent } from '../../src/model/event.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';
import { describeEffect, sampleInstance, sampleTurn } from './sample.ts';

/** One line of a table test: in this state, this event leads there and asks for that. */
export interface Row {
  readonly from: Life;
  readonly event: InstanceEvent;
  readonly to: string;
  readonly effects: readonly string[];
  /** What is special about it, for the title. */
  readonly when?: string;
  readonly spec?: Partial<ServiceSpec>;
  readonly ledger?: Partial<Ledger>;
  readonly turn?: Partial<Turn>;
}

/** Takes the step that a row describes. */
export const take = ({ from, event, spec, ledger, turn }: Omit<Row, 'to' | 'effects'>): Step =>
  stepInstance(sampleTurn(spec, turn), sampleInstance(from, ledger), event);

/** Makes one test of each row, titled as "running + stop → stopping". */
export function itSteps(rows: readonly Row[]): void {
  const titled = rows.map((row) => ({ ...row, title: titleOf(row) }));
  it.each(titled)('$title', (row) => {
    const step = take(row);
    expect(lifeName(step.instance.life)).toBe(row.to);
    expect(step.effects.map(describeEffect)).toEqual(row.effects);
  });
}

const titleOf = ({ from, event, to, when }: Row): string =>
  `${lifeName(from)} + ${describeEvent(event)} → ${to}${when === undefined ? '' : `, ${when}`}`;

function describeEvent(event: InstanceEvent): string {
  switch (event.kind) {
    case 'stop':
      return event.how === 'quick' ? 'quick stop' : event.kind;
    case 'timer-fired':
      return `${event.kind} ${event.timer}`;
    case 'probed':
      return `${event.kind} ${event.verdict.kind}`;
    case 'main-ended':
      return event.process === undefined ? `${event.kind} unspawned` : `${event.kind} ${event.process.pid}`;
    case 'main-succeeded':
    case 'process-gone':
    case 'second-started':
      return `${event.kind} ${event.process.pid}`;
    case 'looked':
    case 'trial-looked':
      return `${event.kind} at ${event.processes.length}`;
    case 'forward':
      return `${event.kind} ${event.signal}`;
    case 'prepared':
    case 'reload-ran':
      return `${event.kind} ${event.problem === '' ? 'well' : 'badly'}`;
    case 'reload':
      return event.force ? 'forced reload' : event.kind;
    case 'shim-found':
      return `${event.kind} ${event.main.kind}${event.empty ? ' empty' : ''}`;
    case 'start':
    case 'restart':
    case 'trial-ended':
    case 'trial-over':
    case 'revision-changed':
    case 'emptied':
      return event.kind;
    case 'shim-absent':
    case 'shim-failed':
    case 'shim-lost':
    case 'orphans-found':
      return event.left.length === 0 ? event.kind : `${event.kind}, ${event.left.length} left`;
  }
}
