import { expect, it } from 'vitest';

import { createStderrSink } from '../../../src/surfaces/log/stderr-sink.ts';

/** Standard error whose reader can be made to stop reading. */
function pipe() {
  const written: string[] = [];
  const state = { isFull: false };
  const sink = createStderrSink((line) => {
    if (state.isFull) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
    written.push(line);
  });
  return { sink, state, written };
}

it('writes each line at once', () => {
  const { sink, written } = pipe();
  sink.write('a\n');
  expect(written).toEqual(['a\n']);
});

it('drops what cannot be written, and says how much as soon as it can', () => {
  const { sink, state, written } = pipe();
  state.isFull = true;
  sink.write('a\n');
  sink.write('b\n');
  expect(written).toEqual([]);
  state.isFull = false;
  sink.write('c\n');
  sink.write('d\n');
  expect(JSON.parse(written[0] ?? '')).toMatchObject({ level: 'warn', records: 2, msg: 'log records lost' });
  expect(written.slice(1)).toEqual(['c\n', 'd\n']);
});

it('writes nothing past a loss that it could not tell of', () => {
  const written: string[] = [];
  const sink = createStderrSink((line) => {
    if (line !== 'c\n') throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
    written.push(line);
  });
  sink.write('a\n');
  sink.write('c\n');
  expect(written).toEqual([]);
});
