import { describe, expect, it } from 'vitest';
import { commandConfig } from '../../src/config/command-config.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';
import { shimCommand, shimEnvironment } from '../../src/supervisor/shim-command.ts';

const place = { ppidshim: '/bin/ppidshim', socket: '/run/web.1/shim.sock', orphans: 'keep', env: {} } as const;
const [plain] = commandConfig(['sleep', '1'], '/srv').services as [ServiceSpec];

describe('the command line of a shim', () => {
  it('names the socket, the title, the place and the stop signal, and ends with the command', () => {
    const command = shimCommand({ ...plain, stdin: 'null' }, 'web', place).join(' ');
    expect(command).toBe(
      '/bin/ppidshim --run --socket /run/web.1/shim.sock --name web --cwd /srv --stop-signal 15 --stop-timeout 8 -- sleep 1',
    );
  });

  it('has the shim wait for another supervisor only so long, where nobody else would stop it', () => {
    const command = shimCommand(plain, 'web', { ...place, orphans: 'stop' }).join(' ');
    expect(command).toContain(' --stop-timeout 8 --linger 5 ');
  });

  it('has the shim hold the sockets', () => {
    const command = shimCommand({ ...plain, listen: ['0.0.0.0:80', '/run/web.sock'] }, 'web', place).join(' ');
    expect(command).toContain(' --listen 0.0.0.0:80 --listen /run/web.sock -- ');
  });

  it('asks for the foreground and for another user only where that is wanted', () => {
    const command = shimCommand({ ...plain, user: 'app', stdin: 'inherit' }, 'web', place);
    expect(command).toContain('--foreground');
    expect(command.slice(command.indexOf('--user'))).toContain('app');
  });
});

describe('the environment of a service', () => {
  it('is ours with its own on top, and PWD is the unresolved working directory', () => {
    const env = shimEnvironment({ ...plain, env: { B: 'own' } }, { A: 'ours', B: 'ours', PWD: '/elsewhere' });
    expect(env).toEqual({ A: 'ours', B: 'own', PWD: '/srv' });
  });

  it('leaves out what is between init and the supervisor', () => {
    const env = shimEnvironment(plain, { BORGINIT_INIT_FD: '3', BORGINIT_RESTARTS: '1', BORGINIT_RUN_DIR: '/run/b' });
    expect(env).toEqual({ BORGINIT_RUN_DIR: '/run/b', PWD: '/srv' });
  });
});
