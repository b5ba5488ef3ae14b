/** The output of services where it comes through borginit: whose a line is, and that none is lost. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chunkBytes } from '../../src/effects/output-pipe.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { startBorginit, type Borginit } from '../rig/borginit.ts';
import { startDeployment } from '../rig/deployment.ts';
import { tempDir } from '../rig/temp-dir.ts';
import { until } from '../rig/until.ts';

const once = { restart: { policy: 'never' } };
const prefix = { logs: { mode: 'prefix' } };
const sh = (script: string, ...args: readonly string[]) => ({ command: ['sh', '-c', script, 'sh', ...args] });

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

/** What they have written when all of them have ended. */
async function outputOf(services: Readonly<Record<string, object>>): Promise<string> {
  await using borginit = await startBorginit({ config: { services } });
  expect(await borginit.exit).toEqual({ code: 0, signal: null });
  return borginit.stdout();
}

const supervisorOf = (borginit: Borginit): number | undefined =>
  borginit.processes().find(({ title }) => title.startsWith('borginit supervisor'))?.pid;

/** Whether the process waits for room in a pipe. */
const isHeldUp = (pid: number): boolean => /pipe_?w/.test(readFileSync(`/proc/${pid}/wchan`, 'utf8'));

describe('a line', () => {
  it('begins with whose it is, from both outputs in the order in which they were written, the last without its end', async () => {
    const web = { ...sh('echo one; echo two >&2; echo three; printf four'), ...once, ...prefix };
    expect(linesOf(await outputOf({ web }))).toEqual(['web | one', 'web | two', 'web | three', 'web | four']);
  });

  it('names the instance where there are several', async () => {
    const web = { ...sh('echo "$1 one"; printf "$1 two"', '${instance}'), ...once, ...prefix, instances: 2 };
    const lines = linesOf(await outputOf({ web }));
    expect(lines).toHaveLength(4);
    for (const name of ['1', '2'])
      expect(lines.filter((line) => line.startsWith(`web.${name} | `))).toEqual([
        `web.${name} | ${name} one`,
        `web.${name} | ${name} two`,
      ]);
  });

  it('is an object in JSON, whatever its bytes are', async () => {
    const web = { ...sh(String.raw`printf 'a "b"\n\377\n'; printf '\303\244'`), ...once, logs: { mode: 'json' } };
    const lines = linesOf(await outputOf({ web })).map((line) => JSON.parse(line) as Record<string, unknown>);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
    expect(lines).toEqual(['a "b"', '\ufffd', 'ä'].map((line) => ({ time, service: 'web', instance: 1, line })));
  });

  it('is the service’s own until it ends, also over a restart', async () => {
    const script = 'test -e "$1" && { echo second; exit 0; }; touch "$1"; printf first; exit 3';
    await using dir = await tempDir();
    const restart = { policy: 'on-failure', backoff: { min: '1ms', max: '1ms' } };
    const web = { ...sh(script, join(dir.path, 'mark')), restart, ...prefix };
    expect(linesOf(await outputOf({ web }))).toEqual(['web | first', 'web | second']);
  });
});

describe('much output', () => {
  it('arrives whole and in order', async () => {
    const line = 'x'.repeat(90);
    const web = {
      command: ['awk', `BEGIN { for (i = 1; i <= 100000; i++) printf "%07d ${line}\\n", i }`],
      ...once,
      ...prefix,
    };
    const lines = linesOf(await outputOf({ web }));
    expect(lines).toHaveLength(100_000);
    expect(lines.findIndex((text, index) => text !== `web | ${String(index + 1).padStart(7, '0')} ${line}`)).toBe(-1);
  });

  it('that nobody reads holds the service up, and neither ends it nor stops borginit; then all of it is there', async () => {
    await using dir = await tempDir();
    const path = join(dir.path, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDWR);
    const count = 50_000;
    const web = { command: ['seq', String(count)], ...prefix, ...once };
    await using borginit = await startBorginit({ config: { services: { web } }, stdout: path });
    const service = await until(
      () => borginit.processes().find(({ pid, title }) => title === `seq ${count}` && isHeldUp(pid)),
      'a service that waits',
    );
    expect((await borginit.cli('healthcheck')).code).toBe(0);
    const { services } = JSON.parse((await borginit.cli('status', '--json')).stdout) as Snapshot;
    expect(services['web']?.instances[0]?.outputWaitingSince).not.toBeNull();
    expect(isHeldUp(service.pid)).toBe(true);
    const last = `web | ${count}\n`;
    let got = '';
    const bytes = Buffer.alloc(65_536);
    while (!got.endsWith(last)) got += bytes.toString('utf8', 0, readSync(reader, bytes));
    closeSync(reader);
    expect(linesOf(got)).toEqual(Array.from({ length: count }, (_, index) => `web | ${index + 1}`));
    expect(await borginit.exit).toEqual({ code: 0, signal: null });
  });
});

/**
 * What is missing of the numbers from 1 on, gap by gap. The rest of a line whose beginning is missing may stand before the
 * number that comes next. Fails where anything else is there, or comes twice.
 */
function gapsIn(lines: readonly string[]): string[] {
  const gaps: string[] = [];
  let next = 1;
  lines.forEach((line, index) => {
    if (line === String(next)) next += 1;
    else {
      const following = Number(lines[index + 1]);
      const isRest = String(following - 1).endsWith(line) && following > next;
      const found = isRest ? following : Number(line);
      expect(found, `${line} at the place of ${next}`).toBeGreaterThan(next);
      const missing = Array.from({ length: found - next }, (_, ahead) => `${next + ahead}\n`).join('');
      gaps.push(isRest ? missing.slice(0, -1 - line.length) : missing);
      next = isRest ? found : found + 1;
    }
  });
  return gaps;
}

describe('a supervisor that is killed', () => {
  it('again and again costs what it had read and not written, and the service notices nothing', async () => {
    const script =
      'trap "echo PIPE; exit 1" PIPE; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); echo $i || exit 2; done';
    const web = { ...sh(`${script}; sleep 1000`), ...prefix };
    await using borginit = await startBorginit({ config: { services: { web } } });
    const kills = 3;
    for (let kill = 1; kill <= kills; kill += 1) {
      const before = borginit.stdout().length;
      await until(() => borginit.stdout().length > before + 10_000, 'many lines more');
      process.kill(await until(() => supervisorOf(borginit), 'a supervisor'), 'SIGKILL');
    }
    await until(() => borginit.stdout().endsWith('web | 300000\n'), 'the last line');
    const gaps = gapsIn(linesOf(borginit.stdout()).map((line) => line.replace(/^web \| /, '')));
    expect(gaps.length).toBeLessThanOrEqual(kills);
    // A chunk, and what it held of one line.
    for (const lost of gaps) expect(lost.length).toBeLessThanOrEqual(chunkBytes + '300000'.length);
    const { stdout } = await borginit.cli('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      supervisor: { restarts: kills },
      services: { web: { instances: [{ state: 'running', restarts: 0 }] } },
    });
  });
});

describe('a release that was rolled back', () => {
  it('has its last words in the history', async () => {
    await using deployment = await startDeployment({ server: 'unicorn', service: () => prefix });
    const record = await deployment.deploy('bad', 'raises-at-boot');
    expect(record).toMatchObject({ outcome: 'rolled-back' });
    expect(record.lastLines?.length).toBeGreaterThan(0);
    expect(record.lastLines?.length).toBeLessThanOrEqual(10);
    expect(record.lastLines?.join('\n')).toMatch(/RuntimeError/);
    const { stdout } = await deployment.borginit.cli('history', 'show');
    expect(stdout).toContain('what it wrote last:');
    for (const line of record.lastLines ?? []) {
      expect(deployment.borginit.stdout()).toContain(`web | ${line}`);
      expect(stdout).toContain(line.trim());
    }
    expect(await deployment.deploy('good', 'good')).toMatchObject({ outcome: 'reloaded', lastLines: [] });
  });

  it('has those of its trial there, which borginit writes down as a trial’s', async () => {
    const env = { LISTEN: '127.0.0.1:${port}', PID_FILE: '/tmp/trial.${port}.pid', WORKERS: '1' };
    const reload = { trial: { env, hold: '100ms' } };
    await using deployment = await startDeployment({ server: 'unicorn', reload, service: () => prefix });
    const record = await deployment.deploy('bad', 'raises-at-boot');
    expect(record).toMatchObject({ outcome: 'rolled-back', phase: 'trying' });
    expect(record.lastLines?.length).toBeGreaterThan(0);
    const last = record.lastLines?.at(-1) ?? '';
    expect(deployment.borginit.stdout()).toContain(`web.trial | ${last}`);
  });

  it('has none where its output does not come through borginit, and says so', async () => {
    await using deployment = await startDeployment({ server: 'unicorn' });
    expect(await deployment.deploy('bad', 'raises-at-boot')).toMatchObject({ lastLines: null });
    const { stdout } = await deployment.borginit.cli('history', 'show', 'bad');
    expect(stdout).toContain("logs.mode is inherit: its output went straight to borginit's own");
  });
});
