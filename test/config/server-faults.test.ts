import { describe, expect, it } from 'vitest';
import { renderPath } from '../../src/config/issue.ts';
import type { ServerShape } from '../../src/config/schema.ts';
import { findFaults } from '../../src/config/server-faults.ts';
import { checkShape } from '../../src/config/shape.ts';

function faultsIn(server: object, broken: readonly string[] = []): string[] {
  const { shape } = checkShape({ services: {}, servers: { own: server } });
  return findFaults('own', shape.servers['own'] as ServerShape, (key) => broken.includes(key)).map(
    ({ path, problem }) => `${renderPath(path.slice(2))}: ${problem}`,
  );
}

const signals = { gracefulStop: 'TERM', quickStop: 'INT' };
const whole = {
  ...{ signals, master: { title: '^own master' }, workers: { title: '^own worker' } },
  ...{ strategy: 'reexec', reexec: { signal: 'USR2' } },
};
const nothingToTakeFrom = 'missing, and there is no like to take it from';

describe('findFaults', () => {
  const faulty: [object, string[]][] = [
    [
      {},
      [
        `signals.gracefulStop: ${nothingToTakeFrom}`,
        `signals.quickStop: ${nothingToTakeFrom}`,
        `strategy: ${nothingToTakeFrom}`,
      ],
    ],
    [{ ...whole, reexec: undefined }, ['strategy: expected reexec beside it, found none']],
    [{ ...whole, strategy: 'signal' }, ['strategy: expected inPlace beside it, found none']],
    [{ like: 'nginx', strategy: 'reexec' }, ['strategy: expected reexec beside it, found none']],
    [{ ...whole, master: undefined }, [`master: ${nothingToTakeFrom}`]],
    [{ ...whole, workers: undefined }, [`workers: ${nothingToTakeFrom}`]],
    [{ signals, strategy: 'none', master: { title: 'x' } }, [`workers: ${nothingToTakeFrom}`]],
    [
      { signals, strategy: 'signal', inPlace: { signal: 'HUP' } },
      [`master: ${nothingToTakeFrom}`, `workers: ${nothingToTakeFrom}`],
    ],
    [{ ...whole, master: {} }, ['master: expected exactly one of title and catches, found none']],
    [
      { ...whole, master: { title: 'x', catches: ['HUP'] } },
      ['master: expected exactly one of title and catches, found title and catches'],
    ],
    [
      { ...whole, workers: {} },
      ['workers.title: missing: where there is reexec, a new master is a child of the old one too'],
    ],
    [
      { like: 'unicorn', workers: { count: 'varying' } },
      ['workers.title: missing: where there is reexec, a new master is a child of the old one too'],
    ],
    [{ ...whole, reexec: { signal: 'TERM' } }, ['reexec.signal: SIGTERM stops the server: expected another signal']],
    [
      { ...whole, scale: { up: 'INT', down: 'USR2' } },
      [
        'scale.up: SIGINT stops the server: expected another signal',
        'scale.down: SIGUSR2 reloads the server: expected another signal',
      ],
    ],
    [{ ...whole, scale: { up: 'TTIN', down: 'TTIN' } }, ['scale.down: expected another signal than up']],
    [
      { like: 'nginx', inPlace: { signal: 'QUIT' } },
      ['inPlace.signal: SIGQUIT stops the server: expected another signal'],
    ],
    [
      { like: 'puma', signals: { forwarded: ['TTIN', 'USR1'] } },
      ['signals.forwarded: SIGUSR1 stops or reloads the server: it is never passed on'],
    ],
    [
      { like: 'apache', signals: { forwarded: ['WINCH'] } },
      ['signals.forwarded: SIGWINCH stops or reloads the server: it is never passed on'],
    ],
  ];
  it.each(faulty)('finds in %j: %s', (server, lines) => {
    expect(faultsIn(server)).toEqual(lines);
  });

  it.each([
    whole,
    { signals, strategy: 'none' },
    { signals, strategy: 'restart', check: ['-t'] },
    { signals, strategy: 'signal', inPlace: { signal: 'HUP' }, master: { catches: ['HUP'] }, workers: {} },
    { like: 'gunicorn' },
    { like: 'nginx', workers: {} },
    { like: 'nginx', reexec: { signal: 'USR2' }, strategy: 'reexec' },
  ])('finds nothing in %j', (server) => {
    expect(faultsIn(server)).toEqual([]);
  });

  it('does not judge what is already known to be wrong', () => {
    expect(faultsIn({ signals: null, strategy: 'signal' }, ['signals'])).toEqual([
      'strategy: expected inPlace beside it, found none',
    ]);
    expect(faultsIn({ ...whole, reexec: null, master: 7 }, ['reexec', 'master'])).toEqual([]);
  });
});
