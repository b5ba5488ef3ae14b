import { randomBytes } from 'node:crypto';
import { chmod, link, lstat, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { BorginitError } from '../../model/errors.ts';

/**
 * Makes the server listen on a path that it then owns alone, mode 0600. A socket that nobody answers on is replaced.
 * Resolves with the function that gives the path back; the server itself is the caller's to close.
 *
 * bind(2) cannot take over a path and unlink(2) asks nobody, so the server listens on a name of its own and link(2),
 * which fails where something exists, gives it the public one.
 *
 * Fails   CONTROL_IN_USE, RUN_DIR_UNUSABLE; then nothing is left behind, and the server is closed
 */
export async function claimSocket(server: Server, path: string): Promise<() => Promise<void>> {
  const own = privateName(path);
  try {
    await listen(server, own);
    await chmod(own, 0o600);
    await linkAlone(own, path);
    const { ino } = await lstat(path);
    return () => giveBack(path, ino);
  } catch (error) {
    server.close();
    if (error instanceof BorginitError) throw error;
    throw new BorginitError('RUN_DIR_UNUSABLE', `cannot listen on ${path}: ${reason(error)}`, { cause: error });
  } finally {
    await rm(own, { force: true });
  }
}

/** Not longer than "control.sock": what fits the limit of sun_path for one fits it for the other. */
const privateName = (path: string): string => join(dirname(path), `.${randomBytes(5).toString('hex')}`);

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Each attempt either takes the name or finds out who has it; only a name that changes hands all the time uses them up. */
const attempts = 8;

async function linkAlone(own: string, path: string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      await link(own, path);
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if ((await stateOf(path)) === 'answered') throw inUse(path);
    await removeStale(path);
  }
  throw inUse(path);
}

const inUse = (path: string): BorginitError =>
  new BorginitError('CONTROL_IN_USE', `cannot listen on ${path}: another borginit answers there`);

/**
 * Between a look and a removal another starter may take the path, and would lose what it has just taken. So only one
 * looks and removes at a time.
 */
async function removeStale(path: string): Promise<void> {
  const turn = await takeTurn(dirname(path));
  try {
    const state = await stateOf(path);
    if (state === 'answered') throw inUse(path);
    // Where nothing stood a moment ago, somebody may stand by now.
    if (state === 'stale') await rm(path, { force: true });
  } finally {
    turn?.close();
  }
}

const turnPollMs = 20;
const turnPolls = 500;

/**
 * A lock that dies with its holder: an abstract socket, unix(7), named after the directory. Anybody may hold that name,
 * so that it is waited for, but not for ever: undefined when it could not be had.
 */
async function takeTurn(directory: string): Promise<Server | undefined> {
  const { dev, ino } = await stat(directory);
  for (let poll = 0; poll < turnPolls; poll += 1) {
    const lock = createServer((socket) => socket.destroy());
    try {
      await listen(lock, `\0borginit-takeover-${dev}-${ino}`);
      return lock;
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
    }
    await wait(turnPollMs);
  }
  return undefined;
}

const silence: Readonly<Record<string, 'stale' | 'absent'>> = { ECONNREFUSED: 'stale', ENOENT: 'absent' };

/** Only a refusal, or nothing there, proves that nobody listens; a full queue, for one, means that somebody does. */
function stateOf(path: string): Promise<'answered' | 'stale' | 'absent'> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('answered');
    });
    socket.on('error', (error) => resolve(silence[codeOf(error) ?? ''] ?? 'answered'));
  });
}

async function giveBack(path: string, ino: number): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.ino === ino) await rm(path, { force: true });
}
