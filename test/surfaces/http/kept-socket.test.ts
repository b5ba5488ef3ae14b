import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it, onTestFinished, vi } from 'vitest';

import { BorginitError } from '../../../src/model/errors.ts';
import { keepOpen } from '../../../src/surfaces/http/kept-socket.ts';
import { tempDir } from '../temp-dir.ts';

/** Keeps a file that stands for a socket, and tells what was opened and closed. */
async function kept(openTo: { fail?: Error } = {}) {
  const path = join(tempDir(), 'run', 'control.sock');
  mkdirSync(dirname(path), { mode: 0o700 });
  const log: string[] = [];
  let count = 0;
  const open = () => {
    if (openTo.fail !== undefined) return Promise.reject(openTo.fail);
    const own = ++count;
    writeFileSync(path, String(own), { flag: 'wx' });
    log.push(`open ${own}`);
    return Promise.resolve({ close: () => Promise.resolve(void log.push(`close ${own}`)) });
  };
  const opened = await keepOpen(path, open);
  onTestFinished(() => opened.close());
  return { path, log, opened, isThere: () => vi.waitFor(() => expect(existsSync(path)).toBe(true), 10_000) };
}

it.each([
  { what: 'the path', remove: (path: string) => rmSync(path) },
  {
    what: 'the directory with all that is in it',
    remove: (path: string) => rmSync(dirname(path), { recursive: true }),
  },
  { what: 'the path, by another name,', remove: (path: string) => renameSync(path, `${path}.away`) },
])('opens once more where $what is removed, again and again', async ({ remove }) => {
  const { path, log, isThere } = await kept();
  for (let times = 1; times <= 3; times++) {
    remove(path);
    await isThere();
    await vi.waitFor(() => expect(log).toContain(`close ${times}`));
  }
  expect(log).toEqual(['open 1', 'open 2', 'close 1', 'open 3', 'close 2', 'open 4', 'close 3']);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});

it('tries again where it cannot', async () => {
  const openTo: { fail?: Error } = {};
  const { path, log, isThere } = await kept(openTo);
  openTo.fail = new Error('read-only');
  rmSync(path);
  await vi.waitFor(() => expect(existsSync(path)).toBe(false));
  delete openTo.fail;
  await isThere();
  expect(log[1]).toBe('open 2');
});

it('leaves the path to whoever has taken it', async () => {
  const openTo: { fail?: Error } = {};
  const { path, log, opened } = await kept(openTo);
  openTo.fail = new BorginitError('CONTROL_IN_USE', 'cannot listen');
  rmSync(path);
  writeFileSync(path, 'another');
  await opened.close();
  expect(log).toEqual(['open 1', 'close 1']);
});

it('touches no other file, and opens nothing once it is closed', async () => {
  const { path, log, opened } = await kept();
  writeFileSync(join(dirname(path), 'journal.json'), '');
  await opened.close();
  rmSync(path);
  expect(log).toEqual(['open 1', 'close 1']);
});
