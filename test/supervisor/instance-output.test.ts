/** Real pipes. */
import { closeSync, existsSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Notice } from '../../src/model/operation.ts';
import type { OutputMode } from '../../src/model/output.ts';
import { InstanceOutput } from '../../src/supervisor/instance-output.ts';
import { RecentOutput } from '../../src/supervisor/recent-output.ts';
import { makeTempDir } from '../fixtures/effects/temp-dir.ts';
import { until } from '../rig/until.ts';

const source = { service: 'web', instance: 1, name: 'web', isTrial: false };

/** A supervisor's end of an instance's output, in a directory that another may take over. */
function openOutput(mode: OutputMode, directory = makeTempDir(), problem = '') {
  const notices: Notice[] = [];
  const recent = new RecentOutput();
  const path = join(directory, 'web.1', 'output');
  let written = '';
  let isRead = true;
  let take = (): void => undefined;
  const sink = {
    write: (text: string, taken: (problem: string) => void) => {
      written += text;
      take = () => taken(problem);
      if (isRead) take();
    },
  };
  const reader = {
    stop: () => void (isRead = false),
    goOn() {
      isRead = true;
      take();
    },
  };
  const report = { fact: () => undefined, notice: (notice: Notice) => notices.push(notice) };
  const output = new InstanceOutput(mode, { path, source, sink, recent }, report);
  onTestFinished(() => output.close());
  return { output, notices, recent, path, directory, reader, written: () => written };
}

async function writerOf({ output }: { output: InstanceOutput }) {
  const descriptor = (await output.openForShim()) ?? expect.fail('there is no pipe');
  onTestFinished(() => closeSync(descriptor));
  return (text: string) => void writeSync(descriptor, text);
}

it('writes and remembers each line as it comes, and the last when nobody is left who could end it', async () => {
  const opened = openOutput('prefix');
  const write = await writerOf(opened);
  write('one\ntwo\nthr');
  await until(() => opened.written() === 'web | one\nweb | two\n', 'two lines');
  await opened.output.endLine();
  expect(opened.written()).toBe('web | one\nweb | two\nweb | thr\n');
  expect(opened.recent.lines.map(({ text }) => text)).toEqual(['one', 'two', 'thr']);
});

it('reads what is there when it is asked to', async () => {
  const opened = openOutput('prefix');
  const write = await writerOf(opened);
  opened.output.readNow();
  write('one\n');
  opened.output.readNow();
  expect(opened.written()).toBe('web | one\n');
});

it('knows since when nobody takes what was written', async () => {
  const opened = openOutput('prefix');
  const write = await writerOf(opened);
  opened.reader.stop();
  const before = new Date();
  write('one\n');
  opened.output.readNow();
  expect(opened.output.waitingSince?.getTime()).toBeGreaterThanOrEqual(before.getTime());
  opened.reader.goOn();
  expect(opened.output.waitingSince).toBeUndefined();
});

it('reads on where another has stopped', async () => {
  const first = openOutput('prefix');
  const write = await writerOf(first);
  await first.output.close();
  write('more\n');
  const second = openOutput('json', first.directory);
  await until(() => second.written() !== '', 'the rest');
  expect(JSON.parse(second.written())).toMatchObject({ service: 'web', instance: 1, line: 'more' });
});

it('has nothing to do where output goes where ours does', async () => {
  const { output, path } = openOutput('inherit');
  expect(await output.openForShim()).toBeUndefined();
  output.readNow();
  await output.endLine();
  expect(existsSync(path)).toBe(false);
});

it('passes on as it is what still comes through a pipe that nobody wants any more, until there is another shim', async () => {
  const first = openOutput('prefix');
  const write = await writerOf(first);
  const second = openOutput('inherit', first.directory);
  await first.output.close();
  write('one\n');
  await until(() => second.written() === 'one\n', 'what the old shim passes on');
  write('tail');
  expect(await second.output.openForShim()).toBeUndefined();
  expect(second.written()).toBe('one\ntail\n');
  expect(existsSync(second.path)).toBe(false);
});

it('lets a service run on our own output where there can be no pipe', async () => {
  const directory = makeTempDir();
  writeFileSync(join(directory, 'web.1'), 'no directory');
  const { output, notices } = openOutput('prefix', directory);
  expect(await output.openForShim()).toBeUndefined();
  expect(notices).toMatchObject([{ level: 'error', message: 'cannot make a pipe for the output of a service' }]);
});

it('says once that lines are lost, and why', async () => {
  const opened = openOutput('prefix', undefined, 'ENOSPC');
  const write = await writerOf(opened);
  write('one\n');
  await until(() => opened.written() === 'web | one\n', 'a line');
  write('two\n');
  await until(() => opened.written() === 'web | one\nweb | two\n', 'another');
  expect(opened.notices).toEqual([
    { level: 'warn', message: 'output of a service is lost', facts: { problem: 'ENOSPC' } },
  ]);
});
