import { describe, expect, it } from 'vitest';

import { parseCommandLine } from '../../../src/surfaces/cli/command-line.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));

function parseRun(line: string) {
  const parsed = parse(line);
  if (parsed.kind !== 'command') throw new Error('not a command');
  const { words, command } = parsed.args;
  return { name: parsed.name, words, command, config: parsed.args.valueOf('config'), args: parsed.args };
}

describe('the command line', () => {
  it.each([
    { line: '', name: 'run', words: [], command: [], config: undefined },
    { line: '-c a.yaml', name: 'run', words: [], command: [], config: 'a.yaml' },
    { line: '--config=a.yaml', name: 'run', words: [], command: [], config: 'a.yaml' },
    { line: 'run -c a.yaml', name: 'run', words: [], command: [], config: 'a.yaml' },
    { line: '-- sleep -c --help', name: 'run', words: [], command: ['sleep', '-c', '--help'], config: undefined },
    { line: 'run --no-init -- sh -- x', name: 'run', words: [], command: ['sh', '--', 'x'], config: undefined },
    { line: 'reload web db', name: 'reload', words: ['web', 'db'], command: [], config: undefined },
    { line: 'reload --json web', name: 'reload', words: ['web'], command: [], config: undefined },
    { line: 'check a.yaml', name: 'check', words: ['a.yaml'], command: [], config: undefined },
  ])('"$line" is read as $name', ({ line, ...expected }) => {
    expect(parseRun(line)).toMatchObject(expected);
  });

  it('knows switches and values', () => {
    expect(parseRun('status -w').args.has('watch')).toBe(true);
    expect(parseRun('status').args.has('watch')).toBe(false);
    expect(parseRun('history -n 5').args.valueOf('last')).toBe('5');
  });

  it.each([
    { line: '--version', parsed: { kind: 'version' } },
    { line: '-V', parsed: { kind: 'version' } },
    { line: '--help', parsed: { kind: 'help', of: undefined } },
    { line: 'help', parsed: { kind: 'help', of: undefined } },
    { line: 'help status', parsed: { kind: 'help', of: 'status' } },
    { line: 'status --help', parsed: { kind: 'help', of: 'status' } },
    { line: 'stop -h', parsed: { kind: 'help', of: 'stop' } },
  ])('"$line" asks for $parsed.kind', ({ line, parsed }) => {
    expect(parse(line)).toEqual(parsed);
  });

  it.each([
    { line: 'sttus', problem: 'cannot run sttus: no such command; did you mean status?' },
    { line: 'nginx', problem: 'cannot run nginx: no such command; to supervise it: borginit -- nginx' },
    { line: 'help nothing', problem: 'cannot run nothing: no such command' },
    { line: 'constructor', problem: 'cannot run constructor: no such command' },
    { line: 'status --jsn', problem: 'cannot run status with --jsn: no such option; did you mean --json?' },
    { line: 'status -x', problem: 'cannot run status with -x: no such option' },
    { line: 'status --toString', problem: 'no such option' },
    { line: 'status --json=yes', problem: 'cannot run status with --json=yes: the option takes no value' },
    { line: 'run -c', problem: 'cannot run run with -c: it needs a file' },
    { line: 'run --config=', problem: 'cannot run run with --config: it needs a file' },
    {
      line: 'run web',
      problem: 'cannot run run with web: it takes no such argument; a command to supervise follows --',
    },
    { line: 'status web', problem: 'cannot run status with web: it takes no such argument' },
    { line: 'check a b', problem: 'cannot run check with b: it takes no such argument' },
    { line: 'reload -- web', problem: 'cannot run reload with --: only run takes a command' },
  ])('"$line" is refused: $problem', ({ line, problem }) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(problem) as string }) as Error,
    );
  });
});
