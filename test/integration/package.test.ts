/** The package as its users get it: packed, installed into an empty project without a network, imported, run. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCommand, type Ended } from '../rig/command.ts';
import { tempDir, type TempDir } from '../rig/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const isBuilt = ['index.js', 'index.d.ts', 'cli.js', 'ppidshim'].every((file) => existsSync(join(root, 'dist', file)));

let dir: TempDir;
let project: string;
let packed: string[];

interface Ran extends Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the project, with Node first in the path and a run directory of its own. */
async function run(...command: readonly string[]): Promise<Ran> {
  const env = {
    BORGINIT_RUN_DIR: join(dir.path, 'run'),
    PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
    npm_config_cache: join(dir.path, 'npm'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
  await using started = startCommand(command, { cwd: project, env });
  return { ...(await started.exit), stdout: started.stdout(), stderr: started.stderr() };
}

const borginit = (...args: readonly string[]): Promise<Ran> => run('node_modules/.bin/borginit', ...args);

async function script(name: string, text: string): Promise<unknown> {
  await writeFile(join(project, name), text);
  const { code, stdout, stderr } = await run(process.execPath, name);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
}

beforeAll(async () => {
  if (!isBuilt) return;
  dir = await tempDir();
  project = join(dir.path, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "name": "consumer", "version": "1.0.0", "private": true }\n');
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', dir.path];
  const { stdout } = await promisify(execFile)('npm', pack, { cwd: root });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  const installed = await run('npm', 'install', '--no-audit', '--no-fund', join(dir.path, filename));
  expect(installed).toMatchObject({ code: 0 });
});

afterAll(() => (isBuilt ? dir[Symbol.asyncDispose]() : undefined));

describe.skipIf(!isBuilt)('the package', () => {
  it('has what it needs, and no more', () => {
    const needed = [
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'bin/borginit.js'],
      ...['dist/cli.js', 'dist/index.cjs', 'dist/index.d.cts', 'dist/index.d.ts', 'dist/index.js', 'dist/ppidshim'],
      ...['dist/THIRD-PARTY-LICENSES.txt', 'dist/config.schema.json', 'dist/status.schema.json'],
      ...['docs/reference/errors.md', 'scripts/build-shim.sh', 'src/shim/ppidshim.c'],
    ];
    expect(packed).toEqual(expect.arrayContaining(needed));
    const isExpected = (path: string): boolean =>
      needed.includes(path) || /^(?:dist\/[\w-]+\.js|docs\/.*\.md)$/.test(path);
    expect(packed.filter((path) => !isExpected(path))).toEqual([]);
  });

  it('names every package in its bundles with the notice of its licence', async () => {
    const notices = await readFile(join(project, 'node_modules/borginit/dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    const bundle = await readFile(join(project, 'node_modules/borginit/dist/index.js'), 'utf8');
    const bundled = new Set(
      [...bundle.matchAll(/^\/\/ \S*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm)].map(([, name]) => name),
    );
    expect([...bundled]).toEqual(expect.arrayContaining(['yaml', 'valibot', 'chokidar']));
    const unnamed = [...bundled, 'pino'].filter((name) => !notices.includes(`\n${name ?? ''} `));
    expect(unnamed).toEqual([]);
    expect(notices.match(/Permission (?:is hereby granted|to use, copy)/g)?.length).toBeGreaterThanOrEqual(
      bundled.size,
    );
  });

  it('depends on no other', async () => {
    const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as { packages: object };
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/borginit']);
  });
});

describe.skipIf(!isBuilt)('the library', () => {
  const keys = [
    'BorginitError',
    'becomeInit',
    'commandConfig',
    'createSupervisor',
    'errors',
    'exitStatus',
    'loadConfig',
  ];

  it.each([
    { way: 'imported', name: 'keys.mjs', text: `import * as it from 'borginit'; const borginit = it;` },
    { way: 'required', name: 'keys.cjs', text: `const borginit = require('borginit');` },
  ])('can be $way', async ({ name, text }) => {
    const print = `console.log(JSON.stringify(Object.keys(borginit).filter((key) => key !== 'default').sort()));`;
    expect(await script(name, `${text}\n${print}`)).toEqual(expect.arrayContaining(keys));
  });

  it('does nothing when it is imported', async () => {
    const text = `
      import { readdirSync } from 'node:fs';
      const look = () => ({
        files: readdirSync('.').length,
        resources: process.getActiveResourcesInfo(),
        descriptors: readdirSync('/proc/self/fd').length,
        listeners: process.eventNames().map(String).sort(),
        environment: Object.keys(process.env).length,
      });
      // Node opens these at the first look at them, and a package looks.
      void [process.stdin, process.stdout, process.stderr];
      const before = look();
      await import('borginit');
      console.log(JSON.stringify([before, look()]));`;
    const [before, after] = (await script('import.mjs', text)) as [unknown, unknown];
    expect(after).toEqual(before);
  });

  it.each([
    { way: 'imported', name: 'run.mjs', text: `import { createSupervisor } from 'borginit';` },
    { way: 'required', name: 'run.cjs', text: `const { createSupervisor } = require('borginit');` },
  ])('supervises when it is $way', async ({ name, text }) => {
    const body = `
      const supervisor = createSupervisor({ services: { once: { command: ['true'], restart: { policy: 'never' } } } });
      supervisor.on('left', async ({ status }) => {
        await supervisor[Symbol.asyncDispose]();
        console.log(JSON.stringify({ status }));
      });
      supervisor.start();`;
    expect(await script(name, text + body)).toEqual({ status: 0 });
  });

  it.each([
    { module: 'node16', moduleResolution: 'node16' },
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ])('has types that $moduleResolution finds', async (resolution) => {
    for (const file of ['consumer.mts', 'consumer.cts']) {
      await cp(join(import.meta.dirname, '../fixtures/package/consumer.ts.txt'), join(project, file));
    }
    const compilerOptions = {
      ...resolution,
      ...{ target: 'es2022', lib: ['es2024', 'esnext.disposable'], types: [] },
      ...{ strict: true, noEmit: true, exactOptionalPropertyTypes: true },
    };
    const config = { compilerOptions, files: ['consumer.mts', 'consumer.cts'] };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
    expect(await run(process.execPath, tsc, '-p', '.')).toMatchObject({ code: 0, stdout: '' });
  });
});

describe.skipIf(!isBuilt)('the command line', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await borginit('--version')).toMatchObject({ code: 0, stdout: `borginit ${version}\n`, stderr: '' });
  });

  it('runs a command and leaves with its status', async () => {
    expect(await borginit('--', 'sh', '-c', 'echo from below; exit 7')).toMatchObject({
      code: 7,
      stdout: 'from below\n',
    });
  });

  it('says how to get the C program where there is none, and that way works', { timeout: 60_000 }, async () => {
    const shim = join(project, 'node_modules/borginit/dist/ppidshim');
    await rm(shim);
    const without = await borginit('--', 'true');
    expect(without).toMatchObject({ code: 69 });
    expect(without.stderr).toContain('SHIM_MISSING');
    expect(without.stderr).toContain('npm run build:shim');
    expect(await run('npm', 'explore', 'borginit', '--', 'npm', 'run', 'build:shim')).toMatchObject({ code: 0 });
    expect(await borginit('--', 'true')).toMatchObject({ code: 0 });
  });

  it('does not execute a C program of another architecture', async () => {
    const foreign = join(project, 'foreign');
    const bytes = await readFile(join(project, 'node_modules/borginit/dist/ppidshim'));
    // e_machine, elf(5): a machine of the year 1990.
    bytes.writeUInt16LE(8, 18);
    await writeFile(foreign, bytes, { mode: 0o755 });
    const ran = await run('env', `BORGINIT_PPIDSHIM=${foreign}`, 'node_modules/.bin/borginit', '--', 'true');
    expect(ran).toMatchObject({ code: 69 });
    expect(ran.stderr).toContain('SHIM_MISSING');
  });
});
