/** Releases of borginit itself: copies of the built package, of which a link names the current one. */
import { cp, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

const root = join(import.meta.dirname, '../..');

export interface Packages extends AsyncDisposable {
  /** Through the link. */
  readonly launcher: string;
  /** Adds a release and makes it the current one. `spoil` is prepended to the module that everything begins with. */
  install(version: string, spoil?: string): Promise<void>;
}

export async function createPackages(): Promise<Packages> {
  const dir = await tempDir();
  const current = join(dir.path, 'current');
  return {
    launcher: join(current, 'bin/borginit.js'),
    async install(version, spoil = '') {
      const release = join(dir.path, version);
      await mkdir(release);
      for (const part of ['bin', 'dist', 'package.json'])
        await cp(join(root, part), join(release, part), { recursive: true });
      const manifest = JSON.parse(await readFile(join(release, 'package.json'), 'utf8')) as object;
      await writeFile(join(release, 'package.json'), JSON.stringify({ ...manifest, version }));
      const entry = join(release, 'dist/cli.js');
      await writeFile(entry, `${spoil}\n${await readFile(entry, 'utf8')}`);
      const link = join(dir.path, 'next');
      await symlink(release, link);
      await rename(link, current);
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
