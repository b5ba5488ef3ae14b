import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  descendantsOf,
  parseCatches,
  parseStat,
  type ProcessStat,
  parseTitle,
  processesBelow,
  readProcess,
} from '../../src/effects/proc.ts';

/** A line of /proc/PID/stat as the kernel writes it. */
const statOf = (comm: string, tail = '28 29'): string =>
  `4711 (${comm}) S 12 4711 4711 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200 18446744073709551615 1 2 ` +
  `140720000000000 0 0 0 0 4096 134235651 0 0 0 17 1 0 0 0 0 0 10 11 12 140720000000100 140720000000200 140720000000201 140720000000300 0 ${tail}\n`;

describe('parseStat', () => {
  it('reads identity, parent, state and image', () => {
    expect(parseStat(statOf('ruby'))).toEqual({
      pid: 4711,
      startTicks: 987654,
      parentPid: 12,
      group: 4711,
      session: 4711,
      state: 'S',
      comm: 'ruby',
      image: '140720000000000 140720000000100 140720000000201',
    });
  });

  it.each(['', ') R 1 1 1', 'a (b) c', 'a\nb', '((((', '))))', ') S 999 (', ' ', 'x) Z 0 0 0 0 (y'])(
    'is not led astray by a process named %j',
    (comm) => {
      expect(parseStat(statOf(comm))).toMatchObject({ pid: 4711, parentPid: 12, startTicks: 987654, comm });
    },
  );

  it('has no image where the kernel hides the addresses', () => {
    const hidden = statOf('ruby').replace(/140720000000\d+/g, '0');
    expect(parseStat(hidden)?.image).toBe('');
  });

  it.each(['', '\n', '4711', '4711 (ruby', '4711 (ruby) ', 'x (ruby) S 1', '4711 (ruby) S', '-1 (ruby) S 1 2 3'])(
    'refuses %j',
    (content) => {
      expect(parseStat(content)).toBeUndefined();
    },
  );

  it('refuses a line that was cut anywhere before the start time', () => {
    const whole = statOf('ruby');
    for (let length = 0; length < whole.indexOf(' 987654'); length += 1) {
      expect(parseStat(whole.slice(0, length))).toBeUndefined();
    }
  });

  it('never throws, whatever it is given', () => {
    const bytes = (maxLength: number) =>
      fc.uint8Array({ maxLength }).map((array) => Buffer.from(array).toString('latin1'));
    fc.assert(fc.property(bytes(200), (content) => void parseStat(content)));
    fc.assert(
      fc.property(bytes(15), (comm) => {
        expect(parseStat(statOf(comm))).toMatchObject({ pid: 4711, parentPid: 12, comm });
      }),
    );
  });
});

describe('parseTitle', () => {
  it.each([
    { content: 'ruby\0unicorn\0-c\0/app/unicorn.conf.rb\0', title: 'ruby unicorn -c /app/unicorn.conf.rb' },
    { content: 'unicorn worker[0] -c conf\0\0\0\0\0\0', title: 'unicorn worker[0] -c conf' },
    { content: 'sh\0-c\0echo a\necho b\0', title: 'sh -c echo a echo b' },
    { content: 'evil\u001b[2J\u202Etitle\0', title: 'evil [2J title' },
    { content: '', title: '[kworker/0:1 x]' },
    { content: '\0\0\0', title: '[kworker/0:1 x]' },
  ])('turns $content into $title', ({ content, title }) => {
    expect(parseTitle(content, 'kworker/0:1\nx')).toBe(title);
  });

  it('bounds a long one', () => {
    expect(parseTitle('x'.repeat(2_000_000), 'x')).toBe('x'.repeat(512));
  });
});

describe('parseCatches', () => {
  const status = (mask: string): string => `Name:\truby\nSigIgn:\tffffffffffffffff\nSigCgt:\t${mask}\nCapInh:\t0\n`;

  it.each([
    { mask: '0000000000000000', catches: [] },
    { mask: '0000000000000001', catches: ['SIGHUP'] },
    { mask: '0000000000004803', catches: ['SIGHUP', 'SIGINT', 'SIGUSR2', 'SIGTERM'] },
    { mask: 'ffffffff00000000', catches: [] },
    { mask: '0000000180000001', catches: ['SIGHUP'] },
    { mask: '0000000040000000', catches: ['SIGSYS'] },
    { mask: 'fffffffc00004803', catches: ['SIGHUP', 'SIGINT', 'SIGUSR2', 'SIGTERM'] },
    { mask: '4003', catches: ['SIGHUP', 'SIGINT', 'SIGTERM'] },
  ])('reads $catches from $mask', ({ mask, catches }) => {
    expect(parseCatches(status(mask))).toEqual(catches);
  });

  it.each(['', 'SigCgt:\n', 'SigCgt:\tnonsense\n', 'Name:\tSigCgt: ff\n'])('reads none from %j', (content) => {
    expect(parseCatches(content)).toEqual([]);
  });
});

describe('descendantsOf', () => {
  const table = (...pairs: readonly (readonly [pid: number, parentPid: number])[]): ProcessStat[] =>
    pairs.map(([pid, parentPid]) => ({
      ...{ pid, parentPid, group: 1, session: 1, startTicks: pid },
      ...{ state: 'S', comm: 'x', image: '' },
    }));

  it.each([
    { what: 'a tree, in any order', rows: table([9, 7], [5, 1], [7, 5], [6, 5], [2, 1]), below: [7, 6, 9] },
    { what: 'nothing', rows: table([5, 1]), below: [] },
    {
      what: 'a circle, which a pid that is reused meanwhile can make',
      rows: table([5, 7], [6, 5], [7, 6]),
      below: [6, 7],
    },
  ])('finds below 5 in $what: $below', ({ rows, below }) => {
    expect(descendantsOf(5, rows).map(({ pid }) => pid)).toEqual(below);
  });
});

describe('/proc as it is', () => {
  it('names this process, and knows that its parent is alive', () => {
    expect(readProcess(process.pid)).toMatchObject({ pid: process.pid });
    expect(readProcess(process.ppid)?.startTicks).toBeLessThanOrEqual(readProcess(process.pid)?.startTicks ?? 0);
  });

  it('knows no process with a pid that cannot be', () => {
    expect(readProcess(2 ** 30)).toBeUndefined();
    expect(processesBelow(2 ** 30)).toEqual([]);
  });

  it('finds this process below its parent, but not below itself', () => {
    expect(processesBelow(process.ppid).map(({ pid }) => pid)).toContain(process.pid);
    expect(processesBelow(process.pid).map(({ pid }) => pid)).not.toContain(process.pid);
  });
});
