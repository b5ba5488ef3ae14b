import { describe, expect, it } from 'vitest';
import { giveIn } from '../../../src/machine/reload/giving-in.ts';
import type { Strategy } from '../../../src/model/profile.ts';
import { profiles, type ServerName } from '../../../src/servers/profiles.ts';
import {
  old,
  oldMaster,
  planFor,
  r2,
  ref,
  reloads,
  renewedFresh,
  sampleReloading,
  sampleTurn,
  servedBy,
} from '../sample.ts';

interface Row {
  readonly what: string;
  readonly server?: ServerName;
  readonly strategy?: Exclude<Strategy, 'none' | 'reexec'>;
  readonly expected?: number;
  readonly old: readonly number[];
  readonly fresh: readonly number[];
  readonly outcome: 'rolled-back' | 'failed';
  readonly serves: 'old' | 'new';
  readonly why: string;
}

/** What is left of a reload that did not prove itself. */
function given({ server = 'nginx', strategy = 'signal', expected = 2, ...row }: Row) {
  const fresh = { ...renewedFresh, workers: row.fresh.map(ref) };
  const reload = { ...reloads.proving, strategy, expected, fresh, old: row.old.map(ref) };
  const turn = sampleTurn(servedBy(profiles[server], strategy));
  return giveIn(turn, sampleReloading(reload), reload, 'it was bad', true).instance;
}

describe('a reload under the same master that did not prove itself', () => {
  it.each<Row>([
    {
      what: 'all the old workers and no new one',
      ...{ old: [101, 102], fresh: [] },
      ...{ outcome: 'rolled-back', serves: 'old', why: 'it was bad' },
    },
    {
      what: 'new workers only',
      ...{ old: [], fresh: [111] },
      ...{ outcome: 'failed', serves: 'new', why: 'it was bad' },
    },
    {
      what: 'old workers and new ones',
      ...{ old: [102], fresh: [111] },
      ...{ outcome: 'failed', serves: 'old', why: 'it was bad; 1 of 2 old workers and 1 new ones serve' },
    },
    {
      what: 'all the old workers and a new one',
      ...{ old: [101, 102], fresh: [111] },
      ...{ outcome: 'failed', serves: 'old', why: 'it was bad; 2 of 2 old workers and 1 new ones serve' },
    },
    {
      what: 'fewer old workers than before',
      ...{ old: [102], fresh: [] },
      ...{ outcome: 'failed', serves: 'old', why: 'it was bad; 1 of 2 old workers and 0 new ones serve' },
    },
    {
      what: 'nobody',
      ...{ old: [], fresh: [] },
      ...{ outcome: 'failed', serves: 'old', why: 'it was bad; 0 of 2 old workers and 0 new ones serve' },
    },
    {
      what: 'nobody, as before, where there are only as many as there is work for',
      ...{ server: 'php-fpm', expected: 0, old: [], fresh: [] },
      ...{ outcome: 'failed', serves: 'old', why: 'it was bad; 0 of 0 old workers and 0 new ones serve' },
    },
  ])('leaves $what: it is $outcome, and the $serves generation serves', (row) => {
    const { life, ledger } = given(row);
    const serving = row.serves === 'old' ? old : { number: 2, revision: r2, main: oldMaster };
    expect(life).toMatchObject({ kind: 'running', serving });
    expect(ledger.lastReload).toMatchObject({ outcome: row.outcome, why: row.why });
    expect(ledger.refused).toMatchObject({ revision: r2, tries: 1 });
  });

  it.each([
    { what: 'even if its workers never came', server: profiles.unicorn },
    { what: 'also where nothing is known of it', server: profiles.none },
  ])('leaves what was stopped and started the new generation, $what', ({ server }) => {
    const reload = { ...reloads.proving, ...planFor('restart'), expected: 1, fresh: renewedFresh };
    const instance = sampleReloading(reload);
    const serving = { ...old, number: 2, revision: r2 };
    const started = { ...instance, life: { ...instance.life, serving } };
    const turn = sampleTurn(servedBy(server, 'restart'));
    const { life, ledger } = giveIn(turn, started, reload, 'it was bad', true).instance;
    expect(life).toMatchObject({ kind: 'running', serving, health: { kind: 'unhealthy' } });
    expect(ledger.lastReload).toMatchObject({ outcome: 'failed' });
  });

  it.each<Row & { health: string }>([
    { what: '', old: [101, 102], fresh: [], outcome: 'rolled-back', serves: 'old', why: '', health: 'healthy' },
    { what: '', old: [], fresh: [111], outcome: 'failed', serves: 'new', why: '', health: 'unhealthy' },
    { what: '', old: [101], fresh: [111], outcome: 'failed', serves: 'old', why: '', health: 'unhealthy' },
  ])('with $old.length old workers and $fresh.length new ones is $health', (row) => {
    expect(given(row).life).toMatchObject({ health: { kind: row.health } });
  });
});
