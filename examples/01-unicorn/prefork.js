#!/usr/bin/env node
/**
 * A pre-fork HTTP server in one file: unicorn's signals, titles and pid files, for machines without Ruby.
 *
 *   node prefork.js -c prefork.json
 *
 *   master   owns the listening socket, keeps the workers alive, never accepts a connection
 *   worker   loads app.mjs from the working directory, accepts on the inherited socket
 *
 * Master  QUIT graceful stop · TERM, INT quick stop · HUP read the configuration and replace the workers ·
 *         USR2 start a new master beside this one · TTIN, TTOU one worker more, one fewer · WINCH no workers ·
 *         USR1 nothing, since there are no log files to reopen
 * Worker  QUIT finish the requests in flight, then exit · TERM, INT exit · USR1 nothing, but caught only once the
 *         application is loaded, which is how a supervisor sees that a worker is ready
 *
 * LISTEN, WORKERS, PRELOAD, PID_FILE and APP in the environment win over the file.
 */
import { spawn } from 'node:child_process';
import { readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const script = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const listenerFd = 3;

const log = (text) => process.stderr.write(`prefork[${process.pid}] ${text}\n`);
const setTitle = (role) => (process.title = `unicorn ${role} ${args.join(' ')}`);
const loadApp = async () => (await import(pathToFileURL(resolve('app.mjs')).href)).default;

// ---- worker

async function runWorker(index) {
  setTitle(`worker[${index}]`);
  const server = createServer();
  let drain = () => process.exit(0);
  // Caught before the application is loaded, so that one which blocks for ever blocks the signals too, as in unicorn.
  process.on('SIGQUIT', () => drain());
  for (const end of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(end, () => process.exit(0));

  const handler = await loadApp();
  let leaving = false;
  server.on('request', (request, response) => {
    if (leaving) response.setHeader('Connection', 'close');
    handler(request, response);
  });
  drain = () => {
    leaving = true;
    // The HTTP server's own close() would cut idle connections, on which the client may be sending at this moment.
    // They are given a second to send, and are told with the answer that it was the last.
    net.Server.prototype.close.call(server, () => process.exit(0));
    setInterval(() => server.closeIdleConnections(), 1_000);
  };
  server.listen({ fd: listenerFd }, () => {
    process.on('SIGUSR1', () => {});
    log(`worker=${index} ready`);
  });
}

// ---- master

/** Where relative paths and the next master start: the way the caller named it, so that a moved link is followed. */
function startDirectory() {
  const named = process.env.PWD;
  const here = process.cwd();
  if (named === undefined) return here;
  const [a, b] = [statSync(named, { throwIfNoEntry: false }), statSync(here)];
  return a?.ino === b.ino && a.dev === b.dev ? named : here;
}

const startDir = startDirectory();

function readConfig() {
  const flag = args.indexOf('-c');
  const file = flag === -1 ? {} : JSON.parse(readFileSync(resolve(startDir, args[flag + 1]), 'utf8'));
  const env = process.env;
  return {
    listen: env.LISTEN ?? file.listen ?? '127.0.0.1:8000',
    workers: Number(env.WORKERS ?? file.workers ?? 2),
    preload: env.PRELOAD === undefined ? file.preload === true : env.PRELOAD === '1',
    pidFile: env.PID_FILE ?? file.pidFile,
    workingDirectory: resolve(startDir, env.APP ?? file.workingDirectory ?? '.'),
    timeoutMs: (file.timeout ?? 60) * 1_000,
  };
}

/** Binds, but leaves listening to the workers: a Node process that listens would also accept. */
function bind(address) {
  const [port, host = '0.0.0.0'] = address.split(':').reverse();
  // There is no public way to bind and not listen.
  const handle = net._createServerHandle(host, Number(port), 4);
  if (typeof handle === 'number') throw new Error(`cannot bind ${address}: error ${handle}`);
  return handle;
}

function livePid(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    process.kill(pid, 0);
    return pid === process.pid ? undefined : pid;
  } catch {
    return undefined;
  }
}

class Master {
  config = readConfig();
  workers = new Map();
  target = this.config.workers;
  pidFile = undefined;
  successor = undefined;
  stopping = false;

  async start() {
    this.trapSignals();
    process.chdir(this.config.workingDirectory);
    this.claimPidFile();
    // The handle is kept, since its end would close the socket.
    this.handle = process.env.PREFORK_FD === undefined ? bind(this.config.listen) : undefined;
    this.listener = this.handle?.fd ?? Number(process.env.PREFORK_FD);
    if (this.config.preload) await loadApp();
    setTitle('master');
    this.keepWorkers();
    // Signals alone do not keep Node alive, and a master without workers must stay.
    setInterval(() => {}, 2 ** 31 - 1);
    log('master process ready');
  }

  trapSignals() {
    process.on('SIGQUIT', () => this.stop('SIGQUIT'));
    process.on('SIGTERM', () => this.stop('SIGTERM'));
    process.on('SIGINT', () => this.stop('SIGTERM'));
    process.on('SIGHUP', () => this.reconfigure());
    process.on('SIGUSR1', () => log('no log files to reopen'));
    process.on('SIGUSR2', () => this.reexec());
    process.on('SIGTTIN', () => this.resize(this.target + 1));
    process.on('SIGTTOU', () => this.resize(Math.max(0, this.target - 1)));
    // A terminal sends WINCH when its window changes size.
    process.on('SIGWINCH', () => process.stdin.isTTY || this.resize(0));
  }

  claimPidFile() {
    const file = this.config.pidFile;
    if (file === undefined) return;
    const owner = livePid(file);
    if (owner !== undefined) throw new Error(`cannot start: already running as ${owner}`);
    writeFileSync(file, `${process.pid}\n`);
    this.pidFile = file;
  }

  resize(target) {
    this.target = target;
    this.keepWorkers();
  }

  /** Starts the workers that are missing and drains those that are too many. */
  keepWorkers() {
    if (this.stopping) return;
    for (let index = 0; index < this.target; index += 1) if (!this.workers.has(index)) this.startWorker(index);
    for (const [index, worker] of this.workers) if (index >= this.target) worker.kill('SIGQUIT');
  }

  startWorker(index) {
    // Node catches USR1 from its start unless told not to (then it keeps it blocked, which harms nobody here), and the
    // title must be right before Node could set it.
    const worker = spawn(process.execPath, ['--disable-sigusr1', script, ...args], {
      argv0: `unicorn worker[${index}] ${args.join(' ')}`,
      env: { ...process.env, PREFORK_WORKER: String(index) },
      stdio: ['inherit', 'inherit', 'inherit', this.listener, 'ipc'],
    });
    this.workers.set(index, worker);
    worker.once('exit', (code, signal) => {
      log(`reaped worker=${index} pid=${worker.pid} ${signal ?? code}`);
      this.workers.delete(index);
      this.keepWorkers();
      if (this.stopping && this.workers.size === 0) this.leave();
    });
    worker.on('error', (error) => log(`worker=${index} ${error.message}`));
  }

  signalWorkers(signal) {
    for (const worker of this.workers.values()) worker.kill(signal);
  }

  reconfigure() {
    try {
      this.config = readConfig();
      process.chdir(this.config.workingDirectory);
      this.target = this.config.workers;
      this.signalWorkers('SIGQUIT');
      this.keepWorkers();
    } catch (error) {
      log(`cannot read the configuration: ${error.message}`);
    }
  }

  reexec() {
    if (this.successor !== undefined) return log(`reexec-ed child already running ${this.successor.pid}`);
    if (!this.yieldPidFile()) return log('refusing rexec: another generation is alive');
    const env = { ...process.env, PREFORK_FD: String(listenerFd) };
    const stdio = ['inherit', 'inherit', 'inherit', this.listener];
    const child = spawn(process.execPath, [script, ...args], { cwd: startDir, env, stdio });
    this.successor = child;
    setTitle('master (old)');
    const reaped = (how) => {
      log(`reaped ${how} exec()-ed`);
      this.successor = undefined;
      this.reclaimPidFile();
      setTitle('master');
    };
    child.once('exit', (code, signal) => reaped(signal ?? code));
    child.once('error', (error) => reaped(error.message));
  }

  /** P becomes P.oldbin, unless a third generation already lives there. */
  yieldPidFile() {
    const file = this.config.pidFile;
    if (file === undefined) return true;
    if (livePid(`${file}.oldbin`) !== undefined) return false;
    renameSync(file, `${file}.oldbin`);
    this.pidFile = `${file}.oldbin`;
    return true;
  }

  reclaimPidFile() {
    if (this.pidFile === undefined || this.stopping) return;
    renameSync(this.pidFile, this.config.pidFile);
    this.pidFile = this.config.pidFile;
  }

  stop(signal) {
    this.stopping = true;
    this.signalWorkers(signal);
    if (this.workers.size === 0) this.leave();
    setTimeout(() => this.signalWorkers('SIGKILL'), this.config.timeoutMs);
  }

  leave() {
    if (this.pidFile !== undefined) unlinkSync(this.pidFile);
    log('master complete');
    process.exit(0);
  }
}

const index = process.env.PREFORK_WORKER;
delete process.env.PREFORK_WORKER;
await (index === undefined ? new Master().start() : runWorker(Number(index)));
