import { EventEmitter } from 'node:events';

import { expect, it } from 'vitest';

import { passSignals } from '../../../src/surfaces/cli/process-signals.ts';

it('passes on what an operator sends, and nothing more once it was ended', () => {
  const source = new EventEmitter();
  const passed: string[] = [];
  const end = passSignals(source, (signal) => passed.push(signal));
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) source.emit(signal);
  end();
  source.emit('SIGTERM');
  expect(passed).toEqual(['SIGTERM', 'SIGHUP', 'SIGUSR2']);
  expect(source.eventNames()).toEqual([]);
});
