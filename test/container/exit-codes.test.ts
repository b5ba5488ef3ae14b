/** `borginit -- COMMAND` as PID 1: what the command ends with is what the container ends with. */
import { describe, expect, it } from 'vitest';
import { startBorginit } from '../rig/borginit.ts';

const endOf = async (...command: readonly string[]) => {
  await using borginit = await startBorginit({ pid1: true, command, env: { BORGINIT_LOG: 'silent' } });
  return { ...(await borginit.exit), stdout: borginit.stdout(), stderr: borginit.stderr() };
};

/** All of 0 to 255 stand in the shim's own tests; here it is the way through init and supervisor that counts. */
const codes =
  process.env['BORGINIT_TEST_ALL_CODES'] === '1'
    ? Array.from({ length: 256 }, (_, code) => code)
    : [0, 1, 7, 126, 127, 128, 143, 255];

describe('borginit -- COMMAND', () => {
  it.each(codes)('ends with the command’s own code %i', async (code) => {
    expect((await endOf('sh', '-c', `exit ${code}`)).code).toBe(code);
  });

  it.each([
    ['SIGKILL', 137],
    ['SIGSEGV', 139],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGUSR1', 138],
  ])('ends with 128 + n when the command dies by %s', async (signal, code) => {
    expect((await endOf('sh', '-c', `kill -${signal.slice(3)} $$`)).code).toBe(code);
  });

  it('ends with 127 when the command does not exist, and says so', async () => {
    const { code, stderr } = await endOf('no-such-command-anywhere');
    expect(code).toBe(127);
    expect(stderr).toMatch(/no-such-command-anywhere/);
  });

  it('ends with 126 when the command cannot be executed', async () => {
    expect((await endOf('/etc/passwd')).code).toBe(126);
  });

  it('passes the command’s output through as it is', async () => {
    expect((await endOf('sh', '-c', 'printf "one\\ntwo"')).stdout).toBe('one\ntwo');
  });
});
