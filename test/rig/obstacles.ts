/** What a server needs, and how it is taken away. */
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Borginit } from './borginit.ts';
import type { AppHome } from './releases.ts';

const interpreters = { unicorn: 'ruby', gunicorn: 'python3', puma: 'ruby' } as const;
const configurations = {
  unicorn: 'unicorn.conf.rb',
  gunicorn: 'gunicorn.conf.py',
  nginx: 'nginx.conf',
  puma: 'puma.rb',
  'php-fpm': 'php-fpm.conf',
} as const;

export const interpreterOf = (server: keyof typeof interpreters): string => interpreters[server];
export const configurationOf = (server: keyof typeof configurations): string => configurations[server];

/** The keys of a service whose program, and the interpreter that its first line names, are below the home. */
export function removable(home: AppHome) {
  const [program, ...args] = home.command;
  const bin = join(home.path, 'bin');
  mkdirSync(bin);
  if (!isScript(home.server)) {
    // In sbin, which no shell of a user has in its path.
    symlinkSync(program.startsWith('/') ? program : `/usr/sbin/${program}`, join(bin, basename(program)));
    return { command: [join(bin, basename(program)), ...args], cwd: home.current };
  }
  const interpreter = interpreters[home.server];
  symlinkSync(`/usr/bin/${interpreter}`, join(bin, interpreter));
  copyScript(program, bin, interpreter);
  return { command: [join(bin, program), ...args], cwd: home.current };
}

/** The same by way of Bundler, which finds what the Gemfile of the current release names on this machine. */
export function removableByBundler(home: AppHome) {
  const { command, cwd } = removable(home);
  const bin = join(home.path, 'bin');
  copyScript('bundle', bin, 'ruby');
  const env = { ...home.env, BUNDLE_GEMFILE: join(home.current, 'Gemfile') };
  return { command: [join(bin, 'bundle'), 'exec', ...command], cwd, env, server: home.server };
}

const isScript = (server: string): server is keyof typeof interpreters => server in interpreters;

function copyScript(name: string, bin: string, interpreter: string): void {
  const script = readFileSync(`/usr/bin/${name}`, 'utf8').replace(/^#!.*/, `#!${join(bin, interpreter)}`);
  writeFileSync(join(bin, name), script, { mode: 0o755 });
}

/** Returns what brings it back. */
export function moveAway(path: string): () => void {
  renameSync(path, `${path}.away`);
  return () => renameSync(`${path}.away`, path);
}

/** Root may write wherever it is not the file system that forbids it. Returns what allows it again. */
export async function makeReadOnly(borginit: Borginit, dir: string): Promise<() => Promise<unknown>> {
  await borginit.inside(['mount', '--bind', dir, dir]);
  await borginit.inside(['mount', '-o', 'remount,bind,ro', dir]);
  return () => borginit.inside(['umount', dir]);
}
