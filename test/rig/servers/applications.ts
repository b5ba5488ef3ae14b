import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Files, Release } from './server.ts';

export const example = join(import.meta.dirname, '../../../examples/01-unicorn');
export const fixtures = join(import.meta.dirname, '../../fixtures/apps');

export interface Application {
  /** The file that the server loads. */
  readonly app: string;
  /** What it holds in a good release. */
  readonly good: string;
  /** The server's configuration. */
  readonly config: string;
}

/**
 * The files of a release of a server that runs an application: a broken kind stands in a fixture of its name beside
 * `good`, which it may load; that of a master that exits at once, in the configuration.
 */
export function filesOf({ app, good, config }: Application, { kind }: Release): Files | undefined {
  const extension = extname(app);
  const code = kind === 'good' || kind === 'exits-at-once' ? good : join(fixtures, `${kind}${extension}`);
  const settings = kind === 'exits-at-once' ? join(fixtures, kind, basename(config)) : config;
  if (!existsSync(code) || !existsSync(settings)) return undefined;
  const read = (file: string): string => readFileSync(file, 'utf8');
  return { [`good${extension}`]: read(good), [app]: read(code), [basename(config)]: read(settings) };
}
