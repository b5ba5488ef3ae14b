import { expect, it } from 'vitest';

import { terminalLine } from '../../../src/surfaces/log/terminal-line.ts';

const time = '2026-03-01T12:00:00.000Z';
const line = (record: object, isColoured = false): string =>
  terminalLine(`${JSON.stringify({ level: 'info', time, ...record })}\n`, isColoured);

it.each([
  {
    name: 'a transition',
    record: {
      service: 'web',
      instance: 1,
      from: 'starting',
      to: 'running',
      event: 'looked',
      revision: null,
      detail: '',
    },
    text: 'info  web.1 starting → running event=looked',
  },
  { name: 'a notice', record: { file: '/r', msg: 'revision unreadable' }, text: 'info  revision unreadable file=/r' },
  { name: 'words in quotes', record: { why: 'it "is" so', msg: 'x' }, text: 'info  x why="it \\"is\\" so"' },
  { name: 'a nested fact', record: { from: { generation: 3 }, msg: 'x' }, text: 'info  x from={"generation":3}' },
  { name: 'no steering', record: { why: 'a\x1b[2Jb', msg: 'x' }, text: 'info  x why=ab' },
])('shows $name', ({ record, text }) => {
  expect(line(record)).toMatch(/^\d\d:\d\d:\d\d /);
  expect(line(record).slice('12:00:00 '.length)).toBe(`${text}\n`);
});

it('has colours only when asked for them', () => {
  expect(line({ level: 'error', msg: 'x' })).not.toContain('\x1b');
  expect(line({ level: 'error', msg: 'x' }, true)).toContain('\x1b[31merror\x1b[39m');
});

it('leaves alone what is no record', () => {
  expect(terminalLine('hello\n', false)).toBe('hello\n');
});
