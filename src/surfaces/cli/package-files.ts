import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

const manifest = (): string => {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new Error('unreachable: this file is part of no package');
  return path;
};

/** The version of the package that this file belongs to, built or not. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(manifest(), 'utf8')) as { readonly version: string }).version;

/** Where the package has its own ppidshim binary. */
export const packagedShim = (): string => join(dirname(manifest()), 'dist', 'ppidshim');
