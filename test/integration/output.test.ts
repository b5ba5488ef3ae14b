/** Where services and borginit write: full pipes, readers that went away, and who shares what with whom. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { fixture } from '../fixtures/effects/program.ts';
import { startBorginit, type Borginit } from '../rig/borginit.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const statusOf = async (borginit: Borginit): Promise<Snapshot | undefined> => {
  const { code, stdout } = await borginit.cli('status', '--json');
  return code === 0 ? (JSON.parse(stdout) as Snapshot) : undefined;
};

/** Whether writes to a process's standard error fail instead of waiting. */
function isNonBlocking(pid: number): boolean {
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/2`, 'utf8'))?.[1] ?? '';
  return (parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
}

/** A pipe by name, with a reader that never reads. */
async function unreadPipe(): Promise<{ readonly path: string } & AsyncDisposable> {
  const dir = await tempDir();
  const path = join(dir.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDWR);
  return {
    path,
    async [Symbol.asyncDispose]() {
      closeSync(reader);
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe('a pipe', () => {
  it('blocks a service as it always did, also when another supervisor has taken over', async () => {
    await using pipe = await unreadPipe();
    const services = { web: { command: ['sleep', '1000'] } };
    await using borginit = await startBorginit({ config: { services }, stderr: pipe.path });
    const running = (restarts: number): Promise<number> =>
      until(async () => {
        const status = await statusOf(borginit);
        return status?.supervisor.restarts === restarts && (status.services['web']?.instances[0]?.mainPid ?? false);
      }, `the service under supervisor ${restarts}`);
    const service = await running(0);
    expect(isNonBlocking(service)).toBe(false);
    const supervisor = (await statusOf(borginit))?.supervisor.pid ?? 0;
    process.kill(supervisor, 'SIGKILL');
    expect(await running(1)).toBe(service);
    expect(isNonBlocking(service)).toBe(false);
  });

  it('that is full costs log records, and stops nothing', async () => {
    await using pipe = await unreadPipe();
    const restart = { backoff: { min: '1ms', max: '1ms' }, giveUp: { after: 1_000, within: '1h' } };
    const services = { web: { command: ['sleep', '1000'] }, brief: { command: ['true'], restart } };
    await using borginit = await startBorginit({ config: { services }, stderr: pipe.path });
    await until(
      async () => ((await statusOf(borginit))?.services['brief']?.instances[0]?.restarts ?? 0) > 200,
      'more records than a pipe holds',
      90_000,
    );
    borginit.kill('SIGTERM');
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
  });

  it('whose reader has gone does not end what passes a command’s words on', async () => {
    const child = spawn(process.execPath, [fixture('runs-commands.ts')], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('heard first, second\n');
  });
});
