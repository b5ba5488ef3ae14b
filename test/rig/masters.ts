import { isAlive, processesBelow, readTitle, type ProcessDetail } from './processes.ts';

const workerTitle = /^unicorn worker\[\d+\]/;
const usr1 = 10;
const usr2 = 12;

/** A master's workers, as their titles say. */
export const workersOf = (master: number): ProcessDetail[] =>
  processesBelow(master).filter((row) => row.parentPid === master && workerTitle.test(row.title) && isAlive(row));

/** The workers that have loaded the application. */
export const readyWorkersOf = (master: number): ProcessDetail[] =>
  workersOf(master).filter(({ catches }) => catches.includes(usr1) && !catches.includes(usr2));

/** The master that the given one started by re-exec: the child with another image that calls itself no worker. */
export const successorOf = (master: ProcessDetail): ProcessDetail | undefined =>
  processesBelow(master.pid).find(
    (row) => row.parentPid === master.pid && row.image !== master.image && !workerTitle.test(row.title) && isAlive(row),
  );

/** Whether it has booted and may be signalled. */
export const isMaster = (pid: number): boolean => readTitle(pid).startsWith('unicorn master ');
