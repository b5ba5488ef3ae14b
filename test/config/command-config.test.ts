import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commandConfig } from '../../src/config/command-config.ts';

it('runs one service once, in the foreground', () => {
  const config = commandConfig(['/usr/bin/sleep', '10'], '/app');
  expect(config).toMatchObject({
    name: 'sleep',
    mode: 'command',
    supervisor: { watchdogMs: 30_000 },
    services: [
      {
        name: 'sleep',
        command: ['/usr/bin/sleep', '10'],
        cwd: '/app',
        stdin: 'inherit',
        restart: { policy: 'never' },
        reload: { strategy: 'none', on: 'request' },
        stop: { signal: 'SIGTERM' },
      },
    ],
  });
  expect(config.services).toHaveLength(1);
});

it('knows a server by its command', () => {
  expect(commandConfig(['bundle', 'exec', 'unicorn'], '/').services[0]).toMatchObject({
    name: 'bundle',
    server: { name: 'unicorn' },
    stop: { signal: 'SIGQUIT' },
    reload: { strategy: 'reexec', on: 'request' },
  });
});

it.each([
  ['/opt/My App.sh', 'my-app-sh'],
  ['./-x_', 'x_'],
  ['/', 'command'],
  ['constructor', 'constructor'],
  ['日本', 'command'],
  ['x'.repeat(80), 'x'.repeat(63)],
])('names the service of %j %s', (program, name) => {
  expect(commandConfig([program], '/')).toMatchObject({ name, services: [{ name }] });
});

it.each([[[]], [['']], [['', 'x']]])('refuses %j as a use that means nothing', (command) => {
  expect(() => commandConfig(command, '/')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

it('takes any other command line as it is', () => {
  const word = fc.string({ minLength: 1, unit: 'binary-ascii' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (command) => {
      expect(commandConfig(command, '/').services[0]?.command).toEqual(command);
    }),
  );
});
