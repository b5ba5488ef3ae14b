import { describe, expect, it } from 'vitest';
import { isLateMasterAwaited, lateMaster } from '../../../src/machine/reload/late-master.ts';
import type { ReloadRecord } from '../../../src/model/reload-record.ts';
import { sampleReload } from '../../surfaces/sample.ts';
import { newMaster, oldMaster, running, sampleInstance, sampleTurn } from '../sample.ts';

const turn = sampleTurn();
const endedAgo = (ms: number): string => new Date(turn.stamp.wall - ms).toISOString();
const givenUp = sampleReload({
  outcome: 'rolled-back',
  phase: 'starting',
  startedAt: endedAgo(2_000),
  durationMs: 2_000,
});
const ledgerWith = (lastReload: ReloadRecord | undefined) => sampleInstance(running, { lastReload }).ledger;

describe('a master that comes late', () => {
  it.each([
    { what: 'nothing was ever reloaded', lastReload: undefined, isAwaited: false },
    { what: 'it was given up just now', lastReload: givenUp, isAwaited: true },
    {
      what: 'it was given up for longer than a reload may take',
      lastReload: { ...givenUp, startedAt: endedAgo(2_000 + turn.spec.reload.timeoutMs) },
      isAwaited: false,
    },
    { what: 'one had come', lastReload: { ...givenUp, phase: 'proving' }, isAwaited: false },
    { what: 'it had died of it', lastReload: { ...givenUp, outcome: 'failed' }, isAwaited: false },
    { what: 'the shim was to start it', lastReload: { ...givenUp, strategy: 'overlap' }, isAwaited: false },
  ] as const)('is awaited where $what: $isAwaited', ({ lastReload, isAwaited }) => {
    expect(isLateMasterAwaited(turn, ledgerWith(lastReload))).toBe(isAwaited);
  });

  const process = { state: 'S', catches: [] } as const;
  const master = { ...process, ...oldMaster, parentPid: 50, title: 'unicorn master -c a', image: 'old' };
  const late = { ...process, ...newMaster, parentPid: oldMaster.pid, title: 'unicorn master -c a', image: 'new' };

  it.each([
    { what: 'has set its handlers', processes: [master, late], found: late },
    { what: 'is booting', processes: [master, { ...late, title: 'ruby unicorn -c a' }], found: undefined },
    { what: 'has not come', processes: [master], found: undefined },
  ])('that $what is to go: $found.pid', ({ processes, found }) => {
    expect(lateMaster(turn, ledgerWith(givenUp), processes, oldMaster)).toEqual(found);
  });

  it('that nobody awaits is somebody else’s', () => {
    expect(lateMaster(turn, ledgerWith(undefined), [master, late], oldMaster)).toBeUndefined();
  });
});
