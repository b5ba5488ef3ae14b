import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommand, type CommandOptions } from '../../src/effects/command.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const sh = (script: string, options: Partial<CommandOptions> = {}) =>
  runCommand({ command: ['sh', '-c', script], timeoutMs: 10_000, output: 'discard', ...options });

it('writes to a descriptor of ours where it is given one', async () => {
  const path = join(makeTempDir(), 'output');
  // More than there are words for in the types of who starts it.
  const descriptors = Array.from({ length: 12 }, () => openSync(path, 'a'));
  onTestFinished(() => descriptors.forEach((each) => closeSync(each)));
  const { outcome } = await sh('echo out; echo err >&2', { output: descriptors.at(-1) ?? 0 });
  expect(outcome).toEqual({ kind: 'exited', code: 0 });
  expect(readFileSync(path, 'utf8')).toBe('out\nerr\n');
});

describe('the outcome', () => {
  it.each([
    { script: 'exit 0', outcome: { kind: 'exited', code: 0 } },
    { script: 'exit 3', outcome: { kind: 'exited', code: 3 } },
    { script: 'kill -SEGV $$', outcome: { kind: 'signaled', signal: 'SIGSEGV' } },
  ])('of "$script" is $outcome', async ({ script, outcome }) => {
    expect(await sh(script)).toEqual({ outcome, lastLine: '', answer: '', timedOut: false });
  });

  it.each([
    { command: '/absent/command', errno: 'ENOENT' },
    { command: '/etc/passwd', errno: 'EACCES' },
  ])('of $command is $errno', async ({ command, errno }) => {
    const { outcome } = await runCommand({ command: [command], timeoutMs: 10_000, output: 'last-line' });
    expect(outcome).toEqual({ kind: 'unspawnable', errno });
  });

  it('can be had with its last line and nothing else', async () => {
    const script = `import { runCommand } from '${join(import.meta.dirname, '../../src/effects/command.ts')}';
      const options = { command: ['sh', '-c', 'echo one; echo two >&2'], timeoutMs: 10_000, output: 'only-last-line' };
      process.stdout.write(JSON.stringify((await runCommand(options)).lastLine));`;
    const command = [process.execPath, '--input-type=module', '-e', script] as const;
    const { outcome, lastLine } = await runCommand({
      command: [...command],
      timeoutMs: 30_000,
      output: 'only-last-line',
    });
    expect({ outcome, lastLine }).toEqual({ outcome: { kind: 'exited', code: 0 }, lastLine: '"two"' });
  });

  it('of a command in a directory that does not exist is told, not thrown', async () => {
    expect((await sh('true', { cwd: '/absent' })).outcome).toMatchObject({ kind: 'unspawnable' });
  });
});

describe('the environment', () => {
  it('is the given one alone, and the working directory too', async () => {
    const cwd = makeTempDir();
    await sh('env > seen', { cwd, env: { PATH: process.env['PATH'] ?? '', ONLY: 'this' } });
    const names = readFileSync(join(cwd, 'seen'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? '')).sort()).toEqual([
      'ONLY',
      'PATH',
    ]);
  });

  it('is our own when none is given', async () => {
    const cwd = makeTempDir();
    vi.stubEnv('EFFECTS_TEST', 'ours');
    await sh('printf %s "$EFFECTS_TEST" > seen', { cwd });
    vi.unstubAllEnvs();
    expect(readFileSync(join(cwd, 'seen'), 'utf8')).toBe('ours');
  });

  it('has /dev/null for standard input', async () => {
    expect((await sh('cat')).outcome).toEqual({ kind: 'exited', code: 0 });
  });
});

describe('the last line', () => {
  const lastLine = async (script: string): Promise<string> => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const writeError = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      return (await sh(script, { output: 'last-line' })).lastLine;
    } finally {
      write.mockRestore();
      writeError.mockRestore();
    }
  };

  it('is that of both streams, and both are passed on', async () => {
    const [out, error] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    out.mockReturnValue(true);
    error.mockReturnValue(true);
    const result = await sh('echo configuring; echo "no such template" >&2; exit 1', { output: 'last-line' });
    const written = [out, error].map((spy) =>
      Buffer.concat(spy.mock.calls.map(([chunk]) => chunk as Buffer)).toString(),
    );
    out.mockRestore();
    error.mockRestore();
    expect(written).toEqual(['configuring\n', 'no such template\n']);
    expect(['configuring', 'no such template']).toContain(result.lastLine);
  });

  it('is the very last one, however much came before', async () => {
    expect(await lastLine('head -c 3000000 /dev/zero; printf "\\nthe end\\n\\n"')).toBe('the end');
  });

  it('is not waited for when something that is left behind holds the output', async () => {
    const script = 'echo ready; sleep 60 & echo $! > pid';
    const cwd = makeTempDir();
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const result = await sh(script, { output: 'last-line', cwd });
    write.mockRestore();
    process.kill(Number(readFileSync(join(cwd, 'pid'), 'utf8')), 'SIGKILL');
    expect(result).toMatchObject({ outcome: { kind: 'exited', code: 0 }, lastLine: 'ready', timedOut: false });
  });
});
