/** `npm run bench`: measures borginit beside its neighbours. What is measured, and how: docs/reference/benchmarks.md. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { allProcesses, descendants } from '../test/rig/processes.ts';
import { built, neighbours } from './contenders.ts';
import { buildFixtures } from './fixtures.ts';
import { measureDeploys } from './deploys.ts';
import { measureIdle } from './idle.ts';
import { measureLoad } from './load.ts';
import { measureMemory } from './memory.ts';
import { parseOptions, usage, type Options, type PartName } from './options.ts';
import { canIsolate, hasProgram } from './programs.ts';
import { measureReap } from './reap.ts';
import { measureReload } from './reload.ts';
import { renderFigures, renderRemarks, tableAsJson } from './report.ts';
import type { Part, Scene } from './scene.ts';
import { measureStart } from './start.ts';

const parts: Readonly<Record<PartName, Part>> = {
  start: measureStart,
  memory: measureMemory,
  idle: measureIdle,
  reap: measureReap,
  reload: measureReload,
  load: measureLoad,
  deploys: measureDeploys,
};

/** Not /tmp: whoever watches a file there hears of everything that others do beside it. */
const quietPlace = '/var/tmp';

/** Whatever happens, nothing stays: every temporary file is below one directory, every process below this one. */
function claimTempDir(): string {
  const path = mkdtempSync(join(existsSync(quietPlace) ? quietPlace : tmpdir(), 'borginit-bench-'));
  process.env['TMPDIR'] = path;
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  const abandon = (signal: NodeJS.Signals): never => {
    process.stderr.write(`ended by ${signal}\n`);
    for (const { pid } of descendants(process.pid, allProcesses())) process.kill(pid, 'SIGKILL');
    process.exit(130);
  };
  process.once('SIGINT', abandon).once('SIGTERM', abandon);
  return path;
}

function setScene({ extent }: Options): Scene {
  const missing = Object.values(built).find((path) => !existsSync(path));
  if (missing !== undefined) throw new Error(`cannot find ${missing}: run \`npm run build\` first`);
  const directory = claimTempDir();
  const node = join(directory, 'node');
  copyFileSync(process.execPath, node);
  return {
    extent,
    fixtures: buildFixtures(directory),
    isolated: canIsolate(),
    node,
    neighbours: neighbours.filter(({ programs }) => programs.every(hasProgram)),
    progress: (text) => process.stderr.write(`… ${text}\n`),
  };
}

function describe(scene: Scene): readonly string[] {
  const missing = neighbours.filter((neighbour) => !scene.neighbours.includes(neighbour)).map(({ name }) => name);
  return [
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`,
    scene.isolated ? 'each as PID 1 of a pid namespace of its own' : 'not as PID 1: that takes root',
    missing.length === 0 ? 'no neighbour is missing' : `not installed: ${missing.join(', ')}`,
  ];
}

async function main(options: Options): Promise<void> {
  const scene = setScene(options);
  const results: Record<string, object> = {};
  if (!options.isJson) process.stdout.write(`${describe(scene).join('; ')}\n\n`);
  for (const name of options.parts) {
    const findings = await parts[name](scene);
    results[name] = { tables: findings.tables.map(tableAsJson), remarks: findings.remarks };
    if (options.isJson) continue;
    const { columns, isTTY } = process.stdout;
    const width = isTTY ? columns - 2 : 120;
    for (const table of findings.tables) process.stdout.write(`${renderFigures(table, width, isTTY)}\n\n`);
    process.stdout.write(renderRemarks(findings) && `${renderRemarks(findings)}\n`);
  }
  if (options.isJson) process.stdout.write(`${JSON.stringify({ about: describe(scene), results }, undefined, 2)}\n`);
}

try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 1;
}
