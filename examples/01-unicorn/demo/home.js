/** The application's home in a temporary directory: releases, the link to the current one, the revision file. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const example = join(import.meta.dirname, '..');

/** Each kind of release: what becomes of the good application's two sources. */
const kinds = {
  good: {},
  'raises at boot': {
    'config.ru': () => "raise 'no such table: carts'\n",
    'app.mjs': () => "throw new Error('no such table: carts');\n",
  },
  'fails its health check': {
    'config.ru': (text) => text.replace('text = "pong\\n"', 'next [500, headers, ["no database\\n"]]'),
    'app.mjs': (text) => text.replace("answer(response, 'pong\\n')", "response.writeHead(500).end('no database\\n')"),
  },
};

const hasUnicorn = () => spawnSync('unicorn', ['--version'], { stdio: 'ignore' }).status === 0;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Makes the home, with no release in it yet. */
export async function makeHome() {
  const dir = mkdtempSync(join(tmpdir(), 'borginit-demo-'));
  const server = hasUnicorn() ? 'unicorn' : 'prefork.js';
  const port = await freePort();
  const current = join(dir, 'current');
  const home = {
    dir,
    server,
    url: `http://127.0.0.1:${port}/`,
    runDir: join(dir, 'run'),
    logFile: join(dir, 'log'),
    configFile: join(dir, 'borginit.yaml'),
    addRelease: (revision, kind = 'good') => writeRelease(join(dir, 'releases', revision), revision, kinds[kind]),
    /** Points `current` to a release in one step. */
    link: (revision) => replace(current, (path) => symlinkSync(join('releases', revision), path)),
    /** The one line that borginit is waiting for. */
    writeRevision: (revision) => replace(join(dir, 'revision'), (path) => writeFileSync(path, `${revision}\n`)),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
  writeFileSync(home.configFile, configuration(dir, server, current, port));
  return home;
}

function configuration(dir, server, current, port) {
  const command =
    server === 'unicorn'
      ? ['unicorn', '-c', join(current, 'unicorn.conf.rb')]
      : [process.execPath, join(example, 'prefork.js'), '-c', join(current, 'prefork.json')];
  return `name: shop
revision:
  file: ${join(dir, 'revision')}
services:
  web:
    command: [${command.join(', ')}]
    server: unicorn
    env: { APP: ${current}, LISTEN: '127.0.0.1:${port}', WORKERS: '2', RACK_ENV: production }
    health: { http: /ping, port: ${port}, interval: 2s }
`;
}

function writeRelease(dir, revision, kind) {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'REVISION'), `${revision}\n`);
  for (const file of ['unicorn.conf.rb', 'prefork.json']) copyFileSync(join(example, file), join(dir, file));
  for (const file of ['config.ru', 'app.mjs']) {
    const text = readFileSync(join(example, file), 'utf8');
    writeFileSync(join(dir, file), kind[file]?.(text) ?? text);
  }
}

/** Made beside and renamed: whoever looks sees the old one or the new one, and never nothing. */
function replace(path, make) {
  make(`${path}.next`);
  renameSync(`${path}.next`, path);
}
