import { describe, expect, it } from 'vitest';
import {
  anyPath,
  command,
  duration,
  hostAndPort,
  integer,
  keys,
  label,
  later,
  mapping,
  matching,
  port,
  serviceName,
  size,
  span,
  stopSignal,
  text,
  v,
  word,
} from '../../src/config/values.ts';

/** All that is wrong with a value, said of each kind that it may be of. */
const told = ({ message, issues }: v.BaseIssue<unknown>): string[] => [message, ...(issues ?? []).flatMap(told)];

const problemsOf = (schema: v.GenericSchema, value: unknown): string[] =>
  v.safeParse(schema, value).issues?.flatMap(told) ?? [];

describe('a value', () => {
  it.each([
    { kind: 'a duration', schema: duration, value: '1500ms', becomes: 1_500 },
    { kind: 'a duration', schema: duration, value: '0s', becomes: 0 },
    { kind: 'a span', schema: span, value: '2m', becomes: 120_000 },
    { kind: 'a size', schema: size, value: '2KiB', becomes: 2_048 },
    { kind: 'text', schema: text, value: 'words', becomes: 'words' },
    { kind: 'text', schema: text, value: 8.5, becomes: '8.5' },
    { kind: 'text', schema: text, value: false, becomes: 'false' },
    { kind: 'a command', schema: command, value: 'web -p 80', becomes: ['/bin/sh', '-c', 'exec web -p 80'] },
    { kind: 'a command', schema: command, value: ['sleep', 5], becomes: ['sleep', '5'] },
    { kind: 'a signal', schema: stopSignal, value: 'TERM', becomes: 'SIGTERM' },
    { kind: 'a signal', schema: stopSignal, value: 'SIGQUIT', becomes: 'SIGQUIT' },
    { kind: 'a path', schema: anyPath, value: 'config/app.rb', becomes: 'config/app.rb' },
    { kind: 'a label', schema: label, value: 'v1.2.3', becomes: 'v1.2.3' },
    { kind: 'a port', schema: port, value: 65_535, becomes: 65_535 },
    { kind: 'an address', schema: hostAndPort, value: '[::1]:80', becomes: '[::1]:80' },
    { kind: 'a name', schema: serviceName, value: 'web-2_b', becomes: 'web-2_b' },
    { kind: 'a word', schema: word(['yes', 'no'], ['maybe']), value: 'no', becomes: 'no' },
    { kind: 'a mapping', schema: keys({ a: integer(1, 3) }), value: { a: 3 }, becomes: { a: 3 } },
  ])('that is $kind: $value is read as $becomes', ({ schema, value, becomes }) => {
    expect(v.parse(schema, value)).toEqual(becomes);
  });

  it.each([
    { schema: duration, value: 10, problem: 'expected a duration such as "10s", found 10, which has no unit' },
    { schema: duration, value: '10', problem: 'expected a duration such as "10s", found "10", which has no unit' },
    { schema: duration, value: '25h', problem: 'expected at most 24h, found 25h' },
    { schema: span, value: '0s', problem: 'expected more than nothing, found 0' },
    { schema: size, value: 512, problem: 'expected a size such as "512MiB", found 512, which has no unit' },
    { schema: size, value: 'big', problem: 'expected a size such as "512MiB", found "big"' },
    { schema: text, value: Infinity, problem: 'expected text, found Infinity' },
    { schema: text, value: 'a\0b', problem: 'expected text without NUL characters' },
    { schema: command, value: '  ', problem: 'expected a command, found "  "' },
    { schema: command, value: [], problem: 'expected a command, found no program in the list' },
    { schema: command, value: 7, problem: 'expected a command, as text or as a list, found 7' },
    {
      schema: command,
      value: 'PORT=80 unicorn',
      problem: 'begins with an assignment: expected a command, and the variable in env',
    },
    { schema: stopSignal, value: 'STOPP', problem: 'expected the name of a signal, such as TERM, found "STOPP"' },
    { schema: stopSignal, value: 'KILL', problem: 'expected a signal that a process can act on, found SIGKILL' },
    { schema: anyPath, value: '', problem: 'expected a path, found ""' },
    { schema: port, value: 70_000, problem: 'expected a port from 1 to 65535, found 70000' },
    { schema: port, value: 1.5, problem: 'expected a port from 1 to 65535, found 1.5' },
    { schema: hostAndPort, value: 'host', problem: 'expected a port or "host:port", found "host"' },
    { schema: hostAndPort, value: 'host:0', problem: 'expected a port from 1 to 65535 after the host, found "host:0"' },
    { schema: matching(/^x$/, 'an x'), value: 'y', problem: 'expected an x, found "y"' },
    { schema: word(['yes', 'no'], ['maybe']), value: 'no!', problem: 'expected one of yes, no, maybe, found "no!"' },
    {
      schema: word(['yes'], ['maybe']),
      value: 'maybe',
      problem: '"maybe" is not supported yet: expected yes',
    },
    { schema: later(integer(1, 2)), value: 1, problem: 'not supported yet' },
    { schema: mapping(v.object({})), value: [], problem: 'expected a mapping, found a list' },
    { schema: keys({ a: integer(1, 3) }), value: 'a', problem: 'expected a mapping, found "a"' },
    { schema: keys({ a: integer(1, 3) }), value: { a: 4 }, problem: 'expected a whole number from 1 to 3, found 4' },
    { schema: keys({ a: v.any(), b: v.any() }), value: { a: 1, b: 2, c: 3 }, problem: 'a b' },
  ])('that is wrong is told: $problem', ({ schema, value, problem }) => {
    expect(problemsOf(schema, value)).toContain(problem);
  });

  it.each(['', '-web', 'Web', 'a b', 'a'.repeat(64)])('%j names no service', (value) => {
    expect(problemsOf(serviceName, value)).toEqual([expect.stringMatching(/^expected a name of at most 63 /)]);
  });
});

it('all unknown keys are told at once', () => {
  const { issues } = v.safeParse(keys({ a: v.any() }), { a: 1, b: 2, c: 3 });
  expect(issues?.map(({ path }) => path?.[0].key)).toEqual(['b', 'c']);
});
