import { describe, expect, it } from 'vitest';
import { rehearseSuccessor } from '../../src/supervisor/successor.ts';

const env = { PATH: process.env['PATH'], BORGINIT_INIT_FD: '3', BORGINIT_RESTARTS: '2' };
const ask = (script: string): Promise<string> => rehearseSuccessor(['sh', '-c', script], env);

describe('the rehearsal of a successor', () => {
  it('resolves with its version', async () => {
    expect(await ask('echo a warning >&2; echo borginit 1.2.3 would come up')).toBe('1.2.3');
  });

  it('has no part in the line to init', async () => {
    const script = 'test -z "$BORGINIT_INIT_FD$BORGINIT_RESTARTS" && echo borginit 1.2.3 would come up';
    expect(await ask(script)).toBe('1.2.3');
  });

  it.each([
    { script: 'echo cannot load it >&2; exit 3', why: 'exited with 3: cannot load it' },
    { script: 'exit 3', why: 'exited with 3 without a word' },
    { script: 'echo borginit 1.2.3 would come up; exit 3', why: 'exited with 3: borginit 1.2.3 would come up' },
    { script: 'echo borginit 1.2.3', why: 'exited with 0: borginit 1.2.3' },
    { script: 'kill -9 $$', why: 'was killed by SIGKILL without a word' },
  ])('is refused after "$script"', async ({ script, why }) => {
    await expect(ask(script)).rejects.toMatchObject({
      code: 'REQUEST_REFUSED',
      message: `cannot upgrade borginit: in its rehearsal the new one ${why}`,
    });
  });
});
