import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { serveControl } from '../../src/surfaces/http/control-server.ts';
import { fakeSupervisor, sampleReload } from '../surfaces/sample.ts';
import { tempDir } from '../surfaces/temp-dir.ts';

const borginit = new URL('../surfaces/borginit.ts', import.meta.url).pathname;

/** Runs the command line in a process of its own. */
function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ exit: number | null; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 1e8 };
    const child = execFile(process.execPath, [borginit, ...args], options, (_, stdout, stderr) =>
      resolve({ exit: child.exitCode, stdout, stderr }),
    );
  });
}

async function served(changes: Parameters<typeof fakeSupervisor>[0] = {}): Promise<NodeJS.ProcessEnv> {
  const directory = tempDir();
  const control = await serveControl(fakeSupervisor(changes), join(directory, 'control.sock'));
  onTestFinished(() => control.close());
  return { BORGINIT_RUN_DIR: directory };
}

describe('the command line as a process', () => {
  it('prints and leaves with 0', async () => {
    expect(await run(['healthcheck'], await served())).toEqual({ exit: 0, stdout: 'healthy\n', stderr: '' });
  });

  it('leaves with the status of its error', async () => {
    expect((await run(['sttus'], {})).exit).toBe(64);
    expect((await run(['status'], { BORGINIT_RUN_DIR: tempDir() })).exit).toBe(69);
  });

  it('prints all of a long answer into a pipe', async () => {
    const reloads = Array.from({ length: 10_000 }, () => sampleReload());
    const { stdout } = await run(['history', '--json', '-n', '10000'], await served({ history: () => reloads }));
    expect((JSON.parse(stdout) as { reloads: unknown[] }).reloads).toHaveLength(10_000);
  });

  it('does not mind a reader that goes away', async () => {
    const reloads = Array.from({ length: 10_000 }, () => sampleReload());
    const env = await served({ history: () => reloads });
    const child = spawn(process.execPath, [borginit, 'history', '-n', '10000'], { env: { ...process.env, ...env } });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stderr).toBe('');
  });

  it('run says that there is no shim', async () => {
    const { exit, stderr } = await run(['--', 'true'], {
      BORGINIT_PPIDSHIM: '/nonexistent',
      BORGINIT_INIT_FD: undefined,
    });
    expect(exit).toBe(69);
    expect(stderr).toContain('cannot run /nonexistent: ENOENT\n  SHIM_MISSING');
  });
});
