import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BorginitError } from '../../src/model/errors.ts';
import { instanceId } from '../../src/model/identity.ts';
import { findRunDir, openRunDir, restoreRunDir } from '../../src/effects/run-dir.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';

const named = (path: string) => ({ BORGINIT_RUN_DIR: path });

function makeWithMode(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

function whyUnusable(path: string): string {
  try {
    openRunDir({ ...named(path), XDG_RUNTIME_DIR: makeTempDir() }, [instanceId('web', 1)]);
  } catch (error) {
    expect(error).toBeInstanceOf(BorginitError);
    expect((error as BorginitError).code).toBe('RUN_DIR_UNUSABLE');
    return (error as BorginitError).message;
  }
  throw new Error(`unreachable: ${path} was taken`);
}

describe('openRunDir', () => {
  it('creates the directory that is named, for its owner alone', () => {
    const path = join(makeTempDir(), 'run');
    expect(openRunDir(named(path), [])).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('takes the one that is there, with what is in it', () => {
    const path = makeTempDir();
    writeFileSync(join(path, 'journal.json'), '{}');
    expect(openRunDir(named(path), [])).toBe(path);
    expect(readdirSync(path)).toEqual(['journal.json']);
  });

  it('has room for the socket of every instance', () => {
    const path = join(makeTempDir(), 'run');
    const room = 107 - `${path}/services/.1/trial.sock`.length;
    expect(() => openRunDir(named(path), [instanceId('a', 1), instanceId('x'.repeat(room + 1), 1)])).toThrow(
      `cannot use run directory ${path}: its path is 1 bytes too long for the socket of x`,
    );
    expect(existsSync(path)).toBe(false);
    expect(openRunDir(named(path), [instanceId('x'.repeat(room), 1)])).toBe(path);
  });

  it.each([
    {
      what: 'a symbolic link',
      make: (path: string) => symlinkSync(makeTempDir(), path),
      problem: 'it is a symbolic link, expected a directory',
    },
    { what: 'a file', make: (path: string) => writeFileSync(path, ''), problem: 'it is not a directory' },
    {
      what: 'a directory that others may write to',
      make: (path: string) => makeWithMode(path, 0o777),
      problem: 'its mode is 0777, expected one that only its owner may write to, such as 0700',
    },
    {
      what: 'a directory that its group may write to',
      make: (path: string) => makeWithMode(path, 0o720),
      problem: 'its mode is 0720, expected one that only its owner may write to, such as 0700',
    },
  ])('refuses $what, and does not look elsewhere when it was named', ({ make, problem }) => {
    const path = join(makeTempDir(), 'run');
    make(path);
    expect(whyUnusable(path)).toBe(`cannot use run directory ${path}: ${problem}`);
  });

  it('refuses a path whose parent does not exist', () => {
    const path = join(makeTempDir(), 'absent', 'run');
    expect(whyUnusable(path)).toBe(`cannot use run directory ${path}: its parent directory does not exist`);
  });

  it('refuses a relative path', () => {
    expect(whyUnusable('run')).toBe('cannot use run directory run: it is not an absolute path');
  });
});

describe('findRunDir', () => {
  it('finds the one that is named, if a supervisor listens there', () => {
    const path = makeTempDir();
    expect(findRunDir(named(path))).toBeUndefined();
    writeFileSync(join(path, 'control.sock'), '');
    expect(findRunDir(named(path))).toBe(path);
  });

  it('creates nothing', () => {
    const path = join(makeTempDir(), 'run');
    expect(findRunDir(named(path))).toBeUndefined();
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('finds the one of the session, but not one that others may write to', () => {
    const session = makeTempDir();
    const path = join(session, 'borginit');
    mkdirSync(path);
    writeFileSync(join(path, 'control.sock'), '');
    expect(findRunDir({ XDG_RUNTIME_DIR: session })).toBe(path);
    chmodSync(path, 0o722);
    expect(findRunDir({ XDG_RUNTIME_DIR: session })).not.toBe(path);
  });
});

describe('restoreRunDir', () => {
  it('makes the directory again, for its owner alone, and leaves one that is there as it is', () => {
    const path = join(makeTempDir(), 'run');
    expect(restoreRunDir(path)).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    writeFileSync(join(path, 'control.sock'), '');
    expect(restoreRunDir(path)).toBeUndefined();
    expect(readdirSync(path)).toEqual(['control.sock']);
  });

  it('says why it cannot', () => {
    expect(restoreRunDir(join(makeTempDir(), 'gone', 'run'))).toBe('its parent directory does not exist');
  });
});
