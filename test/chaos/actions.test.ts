import { expect, it } from 'vitest';
import { actionsFor } from './actions.ts';
import { parseOptions } from './options.ts';

const namesWith = (...args: readonly string[]): readonly string[] =>
  actionsFor(parseOptions(args, () => 0)).map(({ name }) => name);

it('has a name for each', () => {
  const names = namesWith('--only', ' ', '--clock');
  expect(new Set(names).size).toBe(names.length);
});

it('leaves out what hits the whole machine until it is asked for', () => {
  expect(namesWith('--only', 'to the shim')).toEqual(['SIGKILL to the shim']);
  expect(namesWith().filter((name) => name.includes('clock'))).toEqual([]);
  expect(namesWith('--clock').filter((name) => name.includes('clock'))).toHaveLength(1);
});

it('says that there is none of that name', () => {
  expect(() => namesWith('--only', 'sunshine')).toThrow(/sunshine/);
});
