import { expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';

const known = ['command', 'cwd', 'dependsOn', 'env', 'health', 'instances', 'reload', 'restart', 'stop'];

it.each([
  ['comand', 'command'],
  ['Command', 'command'],
  ['cmd', 'command'],
  ['dependson', 'dependsOn'],
  ['depends_on', 'dependsOn'],
  ['helath', 'health'],
  ['instance', 'instances'],
  ['restat', 'restart'],
  ['rleoad', 'reload'],
  ['stpo', 'stop'],
])('takes %s for %s', (word, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

it.each(['', 'x', 'volumes', 'ports', 'image', 'c'.repeat(41)])('does not guess at %j', (word) => {
  expect(nearest(word, known)).toBeUndefined();
});
