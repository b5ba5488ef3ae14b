/** A borginit as it would run in a container: as PID 1 of its own namespace where that is allowed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { below, childrenOf, isAlive } from './processes.js';
import { until } from './stage.js';

const program = join(import.meta.dirname, '../../../bin/borginit.js');
const namespace = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child=SIGKILL'];

/** From the most like a container to the least. */
const places = [
  { isPid1: true, what: 'PID 1 of its own pid namespace', prefix: namespace },
  {
    isPid1: true,
    what: 'PID 1 of its own pid namespace, in a user namespace since you are not root',
    prefix: [...namespace, '--user', '--map-root-user'],
  },
  { isPid1: false, what: 'a child subreaper, since no pid namespace is allowed here', prefix: [] },
];

function isAllowed({ prefix: [file, ...args] }) {
  return (
    file === undefined || spawnSync(file, [...args, process.execPath, '--version'], { stdio: 'ignore' }).status === 0
  );
}

/** Starts borginit in a session of its own: a Ctrl-C is for the demo, which ends it in an orderly way. */
export async function startBorginit({ configFile, runDir, logFile, dir }) {
  const place = places.find(isAllowed);
  const [file, ...args] = [...place.prefix, process.execPath, program, 'run', '-c', configFile];
  const log = openSync(logFile, 'a');
  const env = { ...process.env, BORGINIT_RUN_DIR: runDir };
  const child = spawn(file, args, { cwd: dir, env, detached: true, stdio: ['ignore', log, log] });
  let isGone = false;
  const exit = once(child, 'exit').then(([code, signal]) => {
    isGone = true;
    return { code, signal };
  });
  const init = place.isPid1 ? await until(() => childrenOf(child.pid)[0]?.pid, 'PID 1') : child.pid;
  return {
    init,
    exit,
    place,
    /** The command line of `borginit WORDS…` for this one. */
    cli: (...words) => [process.execPath, program, ...words],
    env: { BORGINIT_RUN_DIR: runDir },
    stop: () => process.kill(init, 'SIGTERM'),
    /** For the end of a story that went wrong. */
    async killAll() {
      const known = [];
      await until(() => {
        known.push(...below(child.pid));
        const alive = known.filter(isAlive);
        for (const { pid } of isGone ? alive : [child, ...alive]) kill(pid);
        return isGone && alive.length === 0;
      }, 'the end of every process');
    },
  };
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
