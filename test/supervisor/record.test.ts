import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SupervisorState } from '../../src/machine/supervisor.ts';
import { decodeRecord, encodeRecord } from '../../src/supervisor/record.ts';
import { lives, r1, reloadingIn, reloads, sampleInstance } from '../machine/sample.ts';
import { sampleReload } from '../surfaces/sample.ts';

const init = { pid: 1, startTicks: 11 };
const everyLife = [...Object.values(lives), ...Object.values(reloads).map(reloadingIn)];
const state: SupervisorState = {
  instances: everyLife.map((life) => sampleInstance(life)),
  revision: r1,
  readAt: 5_000,
  rollout: { kind: 'idle' },
  history: [sampleReload()],
  stage: 'serving',
};
const written = (by: typeof init | undefined = init): unknown => JSON.parse(JSON.stringify(encodeRecord(state, by)));

describe('the journal', () => {
  it('gives back every state as it was, an adoption as what was to be adopted', () => {
    const decoded = decodeRecord(written(), init);
    if (decoded.kind !== 'record') throw new Error('no record');
    const was = everyLife.map((life) => (life.kind === 'adopting' ? undefined : life));
    expect(decoded.journalled.instances.map(({ life }) => life)).toEqual(was);
    expect(decoded.journalled).toMatchObject({ history: state.history, stage: 'serving' });
    expect(decoded.journalled.reading).toEqual({ revision: r1, readAt: 5_000 });
  });

  it.each([
    { under: init, era: 'same' },
    { under: { ...init, startTicks: 12 }, era: 'earlier' },
    { under: undefined, era: 'earlier' },
  ])('read under init $under.startTicks is of the $era era', ({ under, era }) => {
    expect(decodeRecord(written(), under)).toMatchObject({ kind: 'record', era });
  });

  it('written without an init is of an earlier era to everybody', () => {
    const unowned: unknown = JSON.parse(JSON.stringify(encodeRecord(state, undefined)));
    expect(decodeRecord(unowned, undefined)).toMatchObject({ era: 'earlier' });
  });

  it('of the version before is understood', () => {
    const record = written() as { version: number };
    expect(decodeRecord({ ...record, version: 3 }, init)).toEqual(decodeRecord(record, init));
  });

  it('that does not exist says nothing', () => {
    expect(decodeRecord(undefined, init)).toEqual({ kind: 'nothing' });
  });

  it.each([
    { value: null, problem: 'it is no journal of borginit' },
    { value: 7, problem: 'it is no journal of borginit' },
    { value: { version: 1, seal: 0, content: null }, problem: 'it is no journal of borginit' },
    {
      value: { version: 2, seal: 0, content: {} },
      problem: 'its format is 2, and this one knows no older than 3',
    },
    {
      value: { version: 5, seal: 0, content: {} },
      problem: 'a newer borginit has written it: its format is 5, and this one knows 4',
    },
    { value: { version: 4, seal: 0, content: {} }, problem: 'it was changed by another hand' },
  ])('$value is not acted upon: $problem', ({ value, problem }) => {
    expect(decodeRecord(value, init)).toEqual({ kind: 'unusable', problem });
  });

  it('never throws, whatever stands in the file', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeRecord(value, init).kind).toBe('unusable');
      }),
    );
  });
});
