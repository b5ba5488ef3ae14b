import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { packagedShim, packageVersion } from '../../../src/surfaces/cli/package-files.ts';

const root = new URL('../../../', import.meta.url).pathname;

it('knows the version that the package states', () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  expect(packageVersion()).toBe(version);
});

it('knows where the package has its shim', () => {
  expect(packagedShim()).toBe(`${root}dist/ppidshim`);
});
