/** The examples do what they say, with the build that users get. */
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCommand, type RunningCommand } from '../rig/command.ts';
import { freePort } from '../rig/free-port.ts';
import { processesBelow } from '../rig/processes.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const root = join(import.meta.dirname, '../..');
const isBuilt = existsSync(join(root, 'dist/index.js'));
const isRoot = process.geteuid?.() === 0;
const example = (name: string): string[] => [process.execPath, join(root, 'examples', name)];

/** What borginit says, without what the services write into the same pipe. */
const linesOf = ({ stdout }: RunningCommand): string[] =>
  stdout()
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('prefork['));

const about = (service: string, lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith(`${service}: `)).map((line) => line.slice(service.length + 2));

describe.skipIf(!isBuilt)('examples/02-embedded', () => {
  it('supervise.js starts two services, reloads one and stops both', async () => {
    await using dir = await tempDir();
    const env = { PORT: String(await freePort()), BORGINIT_RUN_DIR: join(dir.path, 'run') };
    await using program = startCommand(example('02-embedded/supervise.js'), { env });
    expect({ ...(await program.exit), stderr: program.stderr() }).toMatchObject({ code: 0 });
    const lines = linesOf(program);
    const starts = ['adopting → starting', 'starting → running'];
    const ends = ['running → stopping', 'stopping → clearing', 'clearing → down'];
    expect(about('clock', lines)).toEqual([...starts, ...ends]);
    expect(about('web', lines)).toEqual([
      ...starts,
      'running → reloading',
      'reloading → running',
      'reloaded, generation 1 → 2: the new generation proved itself',
      ...ends,
    ]);
    expect(lines.filter((line) => !/^(?:web|clock): /.test(line))).toEqual([
      'web is running, health healthy, generation 1, 1 workers',
      'clock is running, health none, generation 1, 0 workers',
      'reload of web: as asked: reloaded: the new generation proved itself',
      'reload of clock: not as asked: cannot reload clock.1: server "none" has no way to reload; restart it instead',
      'stopped with status 0',
    ]);
  });

  it.skipIf(!isRoot)('entrypoint.js is a container’s PID 1', async () => {
    await using dir = await tempDir();
    const env = { PORT: String(await freePort()), BORGINIT_RUN_DIR: join(dir.path, 'run') };
    const namespace = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=SIGKILL'];
    await using container = startCommand([...namespace, ...example('02-embedded/entrypoint.js')], { env });
    await until((note) => {
      note(container.stdout() + container.stderr());
      return ['web: running', 'clock: running'].every((line) => linesOf(container).includes(line));
    }, 'both services run');
    const init = processesBelow(container.pid)[0];
    expect(init?.title).toBe('borginit:embedded');
    process.kill(init?.pid ?? expect.fail('it is not there'), 'SIGTERM');
    expect(await container.exit).toEqual({ code: 0, signal: null });
    expect(linesOf(container).at(-1)).toBe('left with status 0');
  });
});

describe.skipIf(!isBuilt)('examples/01-unicorn', () => {
  it('demo.js holds everything that it promises, and leaves nothing behind', { timeout: 300_000 }, async () => {
    await using program = startCommand(example('01-unicorn/demo.js'), { env: { NO_COLOR: '1' } });
    expect({ ...(await program.exit), stdout: program.stdout() }).toMatchObject({ code: 0 });
    const promises = program
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('✓ '));
    expect(promises.join('\n')).toMatch(/^✓ .* served \(r1 .*r2 .*r5 .*\), 0 failed(?:; [12] cut off .*)?$/m);
    expect(program.stdout()).toContain('the new supervisor has finished the reload that the dead one began');
    expect(program.stdout()).not.toContain('\x1b');
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('borginit-demo-'))).toEqual([]);
  });
});
