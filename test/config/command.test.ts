import { describe, expect, it } from 'vitest';
import { recogniseServer, shellCommand, unreachedOperator, type Argv } from '../../src/config/command.ts';

it('hands text to a shell that steps aside', () => {
  expect(shellCommand('web -p $PORT')).toEqual(['/bin/sh', '-c', 'exec web -p $PORT']);
  expect(shellCommand(' exec  executor')).toEqual(['/bin/sh', '-c', 'exec executor']);
});

describe('recogniseServer', () => {
  const unicorns: Argv[] = [
    ['unicorn', '-c', 'unicorn.rb'],
    ['/usr/local/bin/unicorn_rails'],
    ['bundle', 'exec', 'unicorn'],
    shellCommand('bundle exec unicorn -c unicorn.rb'),
    ['sh', '-c', 'unicorn -c unicorn.rb'],
    ['/bin/bash', '-c', 'exec /usr/bin/unicorn'],
  ];
  it.each(unicorns.map((command) => [command]))('knows %j as unicorn', (command) => {
    expect(recogniseServer(command)).toBe('unicorn');
  });

  const others: Argv[] = [['sleep', 'unicorn'], ['unicornherder'], shellCommand('ruby app.rb'), ['sh', 'unicorn', 'x']];
  it.each(others.map((command) => [command]))('does not take %j for one', (command) => {
    expect(recogniseServer(command)).toBe('none');
  });
});

describe('unreachedOperator', () => {
  const reaching: [string, string][] = [
    ['cd /app && web', '&&'],
    ['web || true', '||'],
    ['web; echo done', ';'],
    ['web | tee log', '|'],
    ['web &', '&'],
    ['web\nother', 'the end of the line'],
  ];
  it.each(reaching)('finds in %j that the shell does not get past %s', (line, operator) => {
    expect(unreachedOperator(shellCommand(line))).toBe(operator);
  });

  it.each([
    'web -e "a && b"',
    "web -e 'a; b'",
    'web a\\;b',
    'web $(cat a | head -1)',
    'web `a; b`',
    'web 2>&1',
    'web &>log',
    'web >&2\n',
  ])('sees one program in %j', (line) => {
    expect(unreachedOperator(shellCommand(line))).toBeUndefined();
  });

  it('leaves a list alone', () => {
    expect(unreachedOperator(['sh', '-c', 'a && b'])).toBeUndefined();
    expect(unreachedOperator(['web', '&&'])).toBeUndefined();
  });
});
