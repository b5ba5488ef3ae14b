import { expect, it } from 'vitest';
import { checkDependencies } from '../../src/config/dependencies.ts';
import { renderPath } from '../../src/config/issue.ts';

const linesFor = (dependencies: Readonly<Record<string, readonly string[]>>): string[] =>
  checkDependencies(new Map(Object.entries(dependencies))).map(
    ({ path, problem }) => `${renderPath(path.slice(1))}: ${problem}`,
  );

it.each([
  [{ a: [], b: [] }, []],
  [{ web: ['redis'], redis: [] }, ['web.dependsOn: not supported yet']],
  [{ web: ['redsi'], redis: [] }, ['web.dependsOn.redsi: no service has the name "redsi": did you mean redis?']],
  [
    { web: ['a', 'b'] },
    ['web.dependsOn.a: no service has the name "a"', 'web.dependsOn.b: no service has the name "b"'],
  ],
  [{ a: ['a'] }, ['a.dependsOn: services wait for each other: a → a']],
  [{ a: ['b'], b: ['a'] }, ['a.dependsOn: services wait for each other: a → b → a', 'b.dependsOn: not supported yet']],
  [
    { z: ['c'], c: ['x', 'd'], d: ['e'], e: ['c'], x: [] },
    [
      'z.dependsOn: not supported yet',
      'c.dependsOn: services wait for each other: c → d → e → c',
      'd.dependsOn: not supported yet',
      'e.dependsOn: not supported yet',
    ],
  ],
  [
    { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] },
    ['a.dependsOn: not supported yet', 'b.dependsOn: not supported yet', 'c.dependsOn: not supported yet'],
  ],
])('finds in %j: %j', (dependencies, lines) => {
  expect(linesFor(dependencies)).toEqual(lines);
});

it('follows a chain that is longer than a stack is deep', () => {
  const length = 20_000;
  const chain = Object.fromEntries(Array.from({ length }, (_, i) => [`s${i}`, [`s${(i + 1) % length}`]]));
  expect(linesFor(chain)[0]).toMatch(/^s0\.dependsOn: services wait for each other: s0 → s1 → .* → s19999 → s0$/);
});
