#!/usr/bin/env node
/**
 * A server's life under borginit, told while it happens: `npm run demo`, or after a build
 *
 *   node examples/01-unicorn/demo.js
 *
 * Leaves with 0 if everything that it says was seen to be so and no request failed, with 1 otherwise.
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { startBorginit } from './demo/container.js';
import { makeHome } from './demo/home.js';
import { Load } from './demo/load.js';
import { ParentWatch, drawTree, isAlive, serviceProcesses, shimsOf, supervisorOf } from './demo/processes.js';
import { Broken, bold, dim, expect, fallSilent, green, heading, perform, red, say, show, until } from './demo/stage.js';

const home = await makeHome();
/** Paths on the stage are as short as they can be. */
const short = (text) =>
  text
    .replaceAll(process.execPath, 'node')
    .replaceAll(`${home.dir}/`, '')
    .replaceAll(/\S*\/(borginit\.js|prefork\.js|unicorn|ruby)(?= |$)/g, '$1');

let borginit;
let load;
let parents;

const status = () => perform('borginit status', borginit.cli('status'), borginit.env);
const history = () => perform('borginit history', borginit.cli('history', '-n', '1'), borginit.env);
const tree = () => show(drawTree(borginit.init, short));
const title = () => readFileSync(`/proc/${borginit.init}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
const shim = () => shimsOf(borginit.init)[0];
const counted = () => say(`Clients so far: ${load}`);

function snapshot() {
  return new Promise((resolve, reject) => {
    const asked = get({ socketPath: `${home.runDir}/control.sock`, path: '/v1/status' }, (response) => {
      let body = '';
      response.on('data', (data) => (body += data)).on('end', () => resolve(JSON.parse(body)));
    });
    asked.on('error', reject);
  });
}

/** The one instance, or nothing while no supervisor answers. */
const web = () =>
  snapshot().then(
    ({ services }) => services?.web.instances[0],
    () => undefined,
  );

const untilPhase = (phase) =>
  until(async () => {
    const { state, detail } = (await web()) ?? {};
    return state === 'reloading' && detail.startsWith(phase);
  }, `the reload reaches ${phase}`);

const untilDecided = (revision) =>
  until(async () => {
    const { state, lastReload } = (await web()) ?? {};
    return state === 'running' && lastReload?.to.revision === revision && lastReload;
  }, `the reload to ${revision} is decided`);

function deploy(revision, kind) {
  home.addRelease(revision, kind);
  home.link(revision);
  home.writeRevision(revision);
  show(`ln -s releases/${revision} current.next && mv -T current.next current\n${bold(`echo ${revision} > revision`)}`);
}

async function start() {
  heading('Start');
  home.addRelease('r1');
  home.link('r1');
  home.writeRevision('r1');
  borginit = await startBorginit(home);
  const server = home.server === 'unicorn' ? 'a real unicorn' : 'prefork.js, a stand-in for unicorn, which is not here';
  say(`borginit runs as ${borginit.place.what}.`);
  say(`The server is ${server}.`);
  show(short(readFileSync(home.configFile, 'utf8')));
  await until(async () => (await web())?.health === 'healthy', 'the service is healthy');
  parents = new ParentWatch(borginit.init);
  load = new Load(home.url, 4);
  say('It serves, and four clients send requests from now on, without a pause.');
  await until(() => load.served > 100, 'the first requests are served');
  tree();
  expect(title() === 'borginit:shop@r1', `the init shows what it runs: ${title()}`);
  await status();
}

async function deployGood() {
  heading('Deploy: one line in a file');
  deploy('r2');
  await untilPhase('soaking');
  say('The new generation runs beside the old one and has proven that it serves; both do for two seconds:');
  tree();
  const { outcome } = await untilDecided('r2');
  expect(outcome === 'reloaded', 'r2 serves, and the old master finished its requests and is gone');
  await until(() => title() === 'borginit:shop@r2', 'the title follows');
  tree();
  await status();
  counted();
}

async function deployBad(revision, kind) {
  heading(`Deploy a release that ${kind}`);
  const old = serviceProcesses(borginit.init);
  load.isExposed = kind === 'fails its health check';
  deploy(revision, kind);
  const { outcome } = await untilDecided(revision);
  load.isExposed = false;
  await history();
  expect(outcome === 'rolled-back', `${revision} is gone`);
  expect(old.every(isAlive), 'the old generation has never stopped: the same master and workers serve');
  counted();
}

async function killSupervisor() {
  heading('Kill the supervisor in the middle of a reload');
  deploy('r5');
  await untilPhase('soaking');
  const [services, supervisor] = [serviceProcesses(borginit.init), supervisorOf(borginit.init)];
  show(bold(`kill -9 ${(await snapshot()).supervisor.pid}`));
  process.kill(supervisor.pid, 'SIGKILL');
  await until(() => ![undefined, supervisor.pid].includes(supervisorOf(borginit.init)?.pid), 'a new supervisor');
  expect(services.every(isAlive), `init has started another, and all ${services.length} processes of the service live`);
  const { outcome } = await untilDecided('r5');
  await history();
  expect(outcome === 'reloaded', 'the new supervisor has finished the reload that the dead one began');
  await status();
  counted();
}

async function stop() {
  heading('Stop, as `docker stop` does');
  const last = serviceProcesses(borginit.init);
  await load.stop();
  show(bold(`kill -TERM ${borginit.place.isPid1 ? 1 : borginit.init}`));
  borginit.stop();
  const { code } = await borginit.exit;
  expect(code === 0, 'everything ended in good order, with exit status 0');
  expect(!last.some(isAlive), 'no process is left');
}

function sum() {
  heading('The sum');
  expect(parents.orphans.length === 0, `in ${parents.looks} looks, no process of the service had init as its parent`);
  expect(load.failed === 0 && load.cutOff <= 2, `${load}`);
}

async function cleanUp() {
  fallSilent();
  parents?.stop();
  await borginit?.killAll();
  await load?.stop();
  home.remove();
}

/** Ctrl-C, or a reader that does not want to hear the end: nothing stays behind all the same. */
const interrupted = new Promise((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => reject(new Broken(signal)));
});

async function story() {
  say(bold('borginit: a server that moves to new code without losing a request'));
  await start();
  await deployGood();
  await deployBad('r3', 'raises at boot');
  await deployBad('r4', 'fails its health check');
  await killSupervisor();
  await stop();
  sum();
  say(`\n${green('Everything held.')}`);
}

try {
  await Promise.race([story(), interrupted]);
} catch (error) {
  process.exitCode = 1;
  say(`\n${red(error instanceof Broken ? error.message : error.stack)}`);
  const log = readFileSync(home.logFile, { encoding: 'utf8', flag: 'a+' }).trim().split('\n').slice(-20);
  say(dim(`The last lines of the log:\n${log.join('\n')}`));
} finally {
  await cleanUp();
  // What an interrupted story still waits for.
  process.exit();
}
