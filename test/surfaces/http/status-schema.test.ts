import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

import type { Snapshot } from '../../../src/model/snapshot.ts';
import { sampleInstance, sampleReload, sampleSnapshot, sampleWorker } from '../sample.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const schema = JSON.parse(read('src/surfaces/http/status.schema.json')) as Record<string, unknown>;
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

const problems = (value: unknown): unknown => (validate(value) ? [] : validate.errors);

const withInstance = (changes: Parameters<typeof sampleInstance>[0]): Snapshot =>
  sampleSnapshot({ services: { web: { instances: [sampleInstance(changes)] } } });

describe('the schema of the status', () => {
  it.each([
    { name: 'a full picture', snapshot: withInstance({ lastReload: sampleReload() }) },
    { name: 'last lines', snapshot: withInstance({ lastReload: sampleReload({ lastLines: ['boom'] }) }) },
    { name: 'no last lines to be had', snapshot: withInstance({ lastReload: sampleReload({ lastLines: null }) }) },
    {
      name: 'a rollout that waits',
      snapshot: sampleSnapshot({
        rollout: { state: 'waiting', revision: 'r2', dueAt: '2026-03-01T12:08:12.000Z', canary: false, detail: '' },
      }),
    },
    {
      name: 'a rollout that queues',
      snapshot: sampleSnapshot({
        rollout: { state: 'queueing', revision: 'r2', dueAt: null, canary: null, detail: '2 at once by /l' },
      }),
    },
    { name: 'no service', snapshot: sampleSnapshot({ services: {}, role: null, revision: null }) },
    {
      name: 'a service that never ran',
      snapshot: withInstance({
        state: 'down',
        health: 'none',
        generation: null,
        revision: null,
        shimPid: null,
        mainPid: null,
        startedAt: null,
        workers: [],
      }),
    },
    {
      name: 'a worker that cannot be measured',
      snapshot: withInstance({ workers: [sampleWorker({ cpuPercent: null, rssBytes: null })] }),
    },
  ])('accepts $name', ({ snapshot }) => {
    expect(problems(JSON.parse(JSON.stringify(snapshot)))).toEqual([]);
  });

  it.each([
    { name: 'a missing member', value: { ...sampleSnapshot(), name: undefined } },
    { name: 'an unknown member', value: { ...sampleSnapshot(), colour: 'red' } },
    { name: 'an unknown state', value: withInstance({ state: 'lost' as 'down' }) },
    { name: 'a pid of 0', value: { ...sampleSnapshot(), pid: 0 } },
    { name: 'a time that is no instant', value: withInstance({ startedAt: 'yesterday' }) },
  ])('refuses $name', ({ value }) => {
    expect(problems(JSON.parse(JSON.stringify(value)))).not.toEqual([]);
  });

  /** Every name and every word of a closed vocabulary in the schema is in the types' source, and in the manual. */
  it('names what the types and the manual name', () => {
    const sources = ['snapshot', 'reload-record', 'event', 'profile']
      .map((name) => read(`src/model/${name}.ts`))
      .join('\n');
    const manual = read('docs/reference/status.md');
    for (const word of vocabulary(schema)) {
      expect(sources).toMatch(new RegExp(`\\b${word}\\b`));
      expect(manual).toContain(`\`${word}\``);
    }
  });

  it('has every member that the types have', () => {
    const members = ['src/model/snapshot.ts', 'src/model/reload-record.ts']
      .flatMap((path) => [...read(path).matchAll(/readonly (\w+):/g)])
      .map(([, member]) => member);
    expect(members.filter((member) => !vocabulary(schema).includes(member ?? ''))).toEqual([]);
  });
});

/** The members and the enumerated words of a schema. */
function vocabulary(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties = {}, enum: words = [] } = node as { properties?: object; enum?: readonly string[] };
  return [...Object.keys(properties), ...words, ...Object.values(node).flatMap(vocabulary)];
}
