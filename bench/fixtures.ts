import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { hasProgram } from './programs.ts';

/** The small programs of the benchmark, built. The same ones for everybody who is measured. */
export interface Fixtures {
  /** Writes down when it began, then becomes a command or waits. */
  readonly stamp: string;
  /** Leaves orphans and sees how long they stay zombies. */
  readonly orphans: string;
}

/** Builds the fixtures into a directory; static where that is possible, so that a start costs them next to nothing. */
export function buildFixtures(directory: string): Fixtures {
  const compiler = hasProgram('musl-gcc') ? ['musl-gcc', '-static'] : ['cc'];
  const build = (name: string): string => {
    const source = join(import.meta.dirname, 'fixtures', `${name}.c`);
    const path = join(directory, name);
    const [program = '', ...flags] = compiler;
    execFileSync(program, [...flags, '-std=gnu11', '-O2', '-Wall', '-o', path, source]);
    return path;
  };
  return { stamp: build('stamp'), orphans: build('orphans') };
}
