import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { watchRevision } from '../../src/effects/revision-watch.ts';
import { fixture, start } from '../fixtures/effects/program.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const watcher = (file: string): [string, ...string[]] => [process.execPath, fixture('watches-revision.ts'), file];

async function watch(file: string) {
  const news: string[] = [];
  const watching = watchRevision(file, {
    revision: (revision) => void news.push(revision),
    problem: (text) => void news.push(text.replace(`cannot read revision from ${file}: `, 'problem: ')),
    mode: () => undefined,
  });
  onTestFinished(() => watching.close());
  await watching.ready;
  return { news };
}

const inotifyWatches = (pid: number): number =>
  readdirSync(`/proc/${pid}/fdinfo`)
    .map((name) => readFileSync(`/proc/${pid}/fdinfo/${name}`, 'utf8'))
    .reduce((sum, text) => sum + (text.match(/^inotify /gm)?.length ?? 0), 0);

const wakeups = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8'))
    .reduce((sum, text) => sum + Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(text)?.[1]), 0);

describe('a problem', () => {
  it('is named for what it is, and solved by a revision', async () => {
    const directory = makeTempDir();
    const file = join(directory, 'absent/revision');
    const { news } = await watch(file);
    const hear = (text: string) => vi.waitFor(() => expect(news.at(-1)).toBe(text), { timeout: 10_000 });
    await hear('problem: it does not exist');
    mkdirSync(join(directory, 'absent'));
    writeFileSync(file, '\n');
    await hear('problem: it is empty');
    rmSync(file);
    execFileSync('mkfifo', [file]);
    await hear('problem: it is a FIFO');
    rmSync(file);
    mkdirSync(file);
    await hear('problem: it is a directory');
    rmSync(file, { recursive: true });
    writeFileSync(file, 'one');
    await hear('one');
    expect(news).toHaveLength(5);
  });
});

describe('the last word', () => {
  /** Small steps of somebody who deploys in every way there is, and in the middle of each other. */
  const mutations = (root: string, random: () => number): (() => void)[] => {
    const pick = (): string => ['1', '2', '3'][Math.floor(random() * 3)] ?? '1';
    const file = (name: string): string => join(root, 'releases', name, 'revision');
    const make = (draft: string, how: (path: string) => void, place: string): void => {
      how(draft);
      renameSync(draft, place);
    };
    return [
      () => writeFileSync(file(pick()), `in place ${random()}`),
      () => make(join(root, 'new'), (path) => writeFileSync(path, `renamed ${random()}`), file(pick())),
      () => rmSync(file(pick())),
      () => rmSync(join(root, 'releases', pick()), { recursive: true }),
      () => mkdirSync(join(root, 'releases', pick()), { recursive: true }),
      () => rmSync(join(root, 'releases'), { recursive: true }),
      () => renameSync(join(root, 'releases'), join(root, `old-${random()}`)),
      () => make(join(root, 'next'), (path) => symlinkSync(`releases/${pick()}`, path), join(root, 'current')),
      () => rmSync(join(root, 'current'), { recursive: true }),
      () => symlinkSync(join(root, 'releases', pick()), join(root, 'current')),
      () => symlinkSync('elsewhere', file(pick())),
      () => mkdirSync(join(root, 'current')),
    ];
  };

  const seeded = (seed: number) => (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };

  it.each([1, 2, 3, 4, 5])('is heard after 500 mutations (seed %i)', async (seed) => {
    const root = makeTempDir();
    const random = seeded(seed);
    const steps = mutations(root, random);
    const { news } = await watch(join(root, 'current/revision'));
    for (let count = 0; count < 500; count += 1) {
      try {
        steps[Math.floor(random() * steps.length)]?.();
      } catch {
        // Many a step has nothing to act on, which is a case of its own.
      }
      if (random() < 0.4) await new Promise(setImmediate);
    }
    rmSync(join(root, 'current'), { recursive: true, force: true });
    mkdirSync(join(root, 'releases/9'), { recursive: true });
    symlinkSync('releases/9', join(root, 'current'));
    writeFileSync(join(root, 'releases/9/revision'), `last ${seed}`);
    await vi.waitFor(() => expect(news.at(-1)).toBe(`last ${seed}`), { timeout: 3_000 });
    // Whatever is watched now, it is the right thing.
    writeFileSync(join(root, 'releases/9/revision'), 'and one more');
    await vi.waitFor(() => expect(news.at(-1)).toBe('and one more'), { timeout: 3_000 });
    expect(news.filter((text, index) => text === news[index - 1])).toEqual([]);
  });
});

describe('the price', () => {
  const crowded = (): string => {
    const root = makeTempDir();
    for (let index = 0; index < 10_000; index += 1) writeFileSync(join(root, `neighbour-${index}`), '');
    mkdirSync(join(root, '1'));
    symlinkSync('1', join(root, 'current'));
    writeFileSync(join(root, '1/revision'), 'one');
    return root;
  };

  it('is one kernel watch for each directory on the way, and none for 10,000 neighbours', async () => {
    const root = crowded();
    const { says, pid } = start(watcher(join(root, 'current/revision')));
    await says('mode events', 'ready');
    // "/", "/tmp", the directory itself, and "1" in it.
    expect(inotifyWatches(pid)).toBe(4);
  });

  it('is no look at the neighbours either, at the start or later', async () => {
    const root = crowded();
    const trace = join(makeTempDir(), 'trace');
    const { says, child } = start([
      'strace',
      '-f',
      '-qq',
      '-e',
      'trace=file,getdents64',
      '-o',
      trace,
      ...watcher(join(root, 'current/revision')),
    ]);
    await says('ready');
    writeFileSync(join(root, 'neighbour-7'), 'changed');
    writeFileSync(join(root, '1/revision'), 'two');
    await says('revision two');
    child.stdin?.end();
    await vi.waitFor(() => expect(child.exitCode).toBe(0), { timeout: 20_000 });
    expect(readFileSync(trace, 'utf8').match(/neighbour-/g)).toBeNull();
    expect(readFileSync(trace, 'utf8')).toContain('current');
  });

  it('is nothing at rest', async () => {
    const root = makeTempDir();
    writeFileSync(join(root, 'revision'), 'one');
    const { says, pid } = start(watcher(join(root, 'revision')));
    await says('ready');
    // For some seconds V8 tidies up after the start; then there must come a span in which nothing happens at all.
    const wakesWithin = async (ms: number): Promise<number> => {
      const before = wakeups(pid);
      await delay(ms);
      return wakeups(pid) - before;
    };
    await vi.waitUntil(async () => (await wakesWithin(3_000)) === 0, { timeout: 90_000 });
  });
});

describe('polling', () => {
  it('takes over where the kernel has no watches left', async () => {
    const root = makeTempDir();
    const file = join(root, 'revision');
    writeFileSync(file, 'one');
    const limited = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$@"';
    const { says } = start(['unshare', '--user', '--map-root-user', 'sh', '-c', limited, 'sh', ...watcher(file)]);
    await says('revision one', 'mode polling', 'ready');
    writeFileSync(file, 'two');
    await says('revision one', 'revision two');
  });

  it('takes over where it has no inotify instance left', async () => {
    const root = makeTempDir();
    const file = join(root, 'revision');
    writeFileSync(file, 'one');
    const limited = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"';
    const { says } = start(['unshare', '--user', '--map-root-user', 'sh', '-c', limited, 'sh', ...watcher(file)]);
    await says('revision one', 'mode polling', 'ready');
    renameSync(file, `${file}.old`);
    writeFileSync(file, 'two');
    await says('revision one', 'revision two');
  });

  it('sees a change that no kernel event tells', async () => {
    const held = join(makeTempDir(), 'fifo');
    // The shell would give its background job an empty input, at whose end the watcher leaves.
    const script =
      'hostname one; mkfifo "$1"; exec 3<>"$1"; shift; "$@" <&3 & while read name; do hostname "$name"; done; kill $!';
    const command = watcher('/proc/sys/kernel/hostname');
    const { says, child } = start(['unshare', '--uts', 'sh', '-c', script, 'sh', held, ...command]);
    await says('revision one', 'mode polling', 'ready');
    child.stdin?.write('two\n');
    await says('revision one', 'revision two');
    child.stdin?.end();
    await vi.waitFor(() => expect(child.exitCode).not.toBeNull(), { timeout: 20_000 });
  });

  it('watches a file that is a mount of its own', async () => {
    const root = makeTempDir();
    writeFileSync(join(root, 'outside'), 'one');
    writeFileSync(join(root, 'revision'), '');
    const script = 'mount --bind "$1/outside" "$1/revision"; shift; exec "$@"';
    const { says } = start(['unshare', '--mount', 'sh', '-c', script, 'sh', root, ...watcher(join(root, 'revision'))]);
    await says('revision one', 'mode polling', 'ready');
    writeFileSync(join(root, 'outside'), 'two');
    await says('revision one', 'revision two');
  });
});
