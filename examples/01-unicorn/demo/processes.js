/** Process trees as /proc shows them, with the pids that the processes have in their own namespace. */
import { readdirSync, readFileSync } from 'node:fs';

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function readProcess(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return [];
  // The name in parentheses may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [{ pid, state: fields[0], parent: Number(fields[1]), startTicks: Number(fields[19]) }];
}

const all = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)));

const title = (pid) => (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
const innerPid = (pid) => /^NSpid:.*?(\d+)$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? String(pid);
const isSame = (a) => (b) => a.pid === b.pid && a.startTicks === b.startTicks;

export const childrenOf = (pid, rows = all()) => rows.filter(({ parent }) => parent === pid);

/** Everything below a process, parents first. */
export const below = (pid, rows = all()) =>
  childrenOf(pid, rows).flatMap((child) => [child, ...below(child.pid, rows)]);

/** Whether that very process still exists and is more than a zombie. */
export const isAlive = (process) => readProcess(process.pid).some((now) => isSame(process)(now) && now.state !== 'Z');

/** The supervisor below this init, and the shims. */
export const supervisorOf = (init) => childrenOf(init).find(({ pid }) => title(pid) === 'borginit supervisor');
export const shimsOf = (init) => childrenOf(init).filter(({ pid }) => title(pid).startsWith('ppidshim '));
/** Every process of the services: what lives below the shims. */
export const serviceProcesses = (init) => shimsOf(init).flatMap(({ pid }) => below(pid));

/** Draws the tree of a process. `shorten` makes a title fit. */
export function drawTree(pid, shorten) {
  const rows = all();
  const draw = (at, prefix) =>
    childrenOf(at, rows).flatMap(({ pid: child }, index, siblings) => {
      const isLast = index === siblings.length - 1;
      return [
        `${prefix}${isLast ? '└─' : '├─'} ${innerPid(child)} ${shorten(title(child))}`,
        ...draw(child, `${prefix}${isLast ? '   ' : '│  '}`),
      ];
    });
  return [`${innerPid(pid)} ${shorten(title(pid))}`, ...draw(pid, '')].join('\n');
}

/** Looks again and again at everything that comes of a process: who has ever been a child of init, and must not. */
export class ParentWatch {
  looks = 0;
  orphans = [];
  #known = [];
  #init;
  #timer;

  constructor(init) {
    this.#init = init;
    this.#timer = setInterval(() => this.#look(), 50);
  }

  #look() {
    this.looks += 1;
    const rows = all();
    this.#known = this.#known.filter((process) => rows.some(isSame(process)));
    this.orphans.push(...childrenOf(this.#init, rows).filter((row) => this.#known.some(isSame(row))));
    for (const { pid } of childrenOf(this.#init, rows)) {
      this.#known.push(...below(pid, rows).filter((row) => !this.#known.some(isSame(row))));
    }
  }

  stop() {
    clearInterval(this.#timer);
  }
}
