import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileMaxBytes, loadConfig, readConfig } from '../../src/config/load-config.ts';
import { BorginitError } from '../../src/model/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'borginit-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fileOf(content: string | Uint8Array): string {
  const path = join(directory, 'borginit.yaml');
  writeFileSync(path, content);
  return path;
}

function failureOf(path: string): BorginitError {
  try {
    loadConfig(path);
  } catch (error) {
    if (error instanceof BorginitError) return error;
    throw error;
  }
  throw new Error('it was loaded');
}

describe('loadConfig', () => {
  it('reads a file, through links', () => {
    const link = join(directory, 'link');
    symlinkSync(fileOf('services: {web: {command: x}}'), link);
    expect(loadConfig(link)).toMatchObject({ name: 'web', services: [{ cwd: process.cwd() }] });
  });

  it('tells of what can be meant, but seldom is', () => {
    const warnings: string[] = [];
    const path = fileOf('revision: { file: /r }\nservices: {web: {command: unicorn, reload: {on: revision}}}');
    loadConfig(path, { warn: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([expect.stringMatching(/borginit\.yaml:2:\d+: services\.web/)]);
  });

  it('puts every issue into the message', () => {
    const path = fileOf('services:\n  web: {}\n  job: {}');
    expect(failureOf(path)).toMatchObject({
      code: 'CONFIG_INVALID',
      message: `cannot use ${path}: there are 2 mistakes in it
${path}:2:3: services.web.command: missing
${path}:3:3: services.job.command: missing`,
    });
  });

  it('shows the first hundred of many issues', () => {
    const text = Array.from({ length: 130 }, (_, i) => `key${i}: 1`).join('\n');
    const lines = failureOf(fileOf(text)).message.split('\n');
    expect(lines).toHaveLength(102);
    expect(lines.at(-1)).toBe('and 31 more');
  });

  it.each([
    [Buffer.from('a\0'), 'not text: the byte at offset 1 is NUL'],
    [Buffer.from([0x61, 0xff]), 'not UTF-8: the byte at offset 1 is 0xff'],
    [' \n', ':1:1: it is empty: expected at least one service'],
  ])('refuses the content %j', (content, problem) => {
    const error = failureOf(fileOf(content));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(problem);
  });

  it('reads a file of the largest size and none beyond it', () => {
    const text = 'services: {web: {command: x}}\n#';
    expect(loadConfig(fileOf(text.padEnd(fileMaxBytes, '#'))).name).toBe('web');
    const error = failureOf(fileOf(text.padEnd(fileMaxBytes + 1, '#')));
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.message).toMatch(/^cannot read .*: it is larger than 1048576 bytes$/);
  });

  it('says what stands where a file was expected', async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const loop = join(directory, 'loop');
    symlinkSync(loop, loop);
    const socket = join(directory, 'socket');
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    const expected = {
      [join(directory, 'none')]: 'there is no such file',
      [join(fileOf('x'), 'below')]: 'a part of the path is not a directory',
      [directory]: 'it is a directory: expected a file',
      [fifo]: 'it is a pipe: expected a file',
      [socket]: 'it is a socket: expected a file',
      [loop]: 'its links lead in a circle',
      '/dev/zero': 'it is a device: expected a file',
    };
    const said = Object.keys(expected).map((path) => [path, failureOf(path)] as const);
    await new Promise((resolve) => server.close(resolve));
    expect(said.map(([, { code }]) => code)).toEqual(said.map(() => 'CONFIG_UNREADABLE'));
    expect(Object.fromEntries(said.map(([path, { message }]) => [path, message]))).toEqual(
      Object.fromEntries(Object.entries(expected).map(([path, why]) => [path, `cannot read ${path}: ${why}`])),
    );
  });
});

it('gives the warnings too', () => {
  expect(readConfig(fileOf('services: {web: {command: unicorn}}'))).toMatchObject({
    ok: true,
    warnings: [{ path: 'services.web' }],
  });
});
