import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { parseSignal, signalName, signalNumber, signalNumbers } from '../../src/model/signal.ts';

it('has the numbers of the system', () => {
  for (const [name, number] of Object.entries(signalNumbers)) {
    expect(constants.signals[name as keyof typeof constants.signals], name).toBe(number);
  }
});

it.each([
  { text: 'TERM', signal: 'SIGTERM' },
  { text: 'term', signal: 'SIGTERM' },
  { text: 'SIGTERM', signal: 'SIGTERM' },
  { text: '15', signal: 'SIGTERM' },
  { text: '0', signal: undefined },
  { text: '64', signal: 'SIG64' },
  { text: 'sig37', signal: 'SIG37' },
  { text: '65', signal: undefined },
  { text: 'SIG65', signal: undefined },
  { text: 'SIG', signal: undefined },
  { text: '', signal: undefined },
  { text: '-15', signal: undefined },
  { text: 'toString', signal: undefined },
])('reads "$text" as $signal', ({ text, signal }) => {
  expect(parseSignal(text)).toBe(signal);
});

it('gives every signal its number', () => {
  expect([signalNumber('SIGTERM'), signalNumber('SIG37')]).toEqual([15, 37]);
});

it('names every number that it knows', () => {
  for (const [name, number] of Object.entries(signalNumbers)) expect(signalName(number)).toBe(name);
  expect(signalName(0)).toBeUndefined();
});
