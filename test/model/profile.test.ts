import { expect, it } from 'vitest';
import { shows, type Mark } from '../../src/model/profile.ts';

const titled: Mark = { kind: 'titled', title: /^unicorn master/ };
const catching: Mark = { kind: 'catching', signals: ['SIGHUP', 'SIGUSR2'] };

it.each([
  { mark: titled, process: { title: 'unicorn master -c a', catches: [] }, isShown: true },
  { mark: titled, process: { title: 'ruby unicorn -c a', catches: ['SIGUSR2'] }, isShown: false },
  { mark: catching, process: { title: '', catches: ['SIGHUP', 'SIGINT', 'SIGUSR2'] }, isShown: true },
  { mark: catching, process: { title: 'unicorn master', catches: ['SIGUSR2'] }, isShown: false },
] as const)('$mark.kind: $process.title, catching $process.catches: $isShown', ({ mark, process, isShown }) => {
  expect(shows(mark, process)).toBe(isShown);
});
