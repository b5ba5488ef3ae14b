import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { BorginitError, errors, type ErrorCode } from '../../../src/model/errors.ts';
import { failureReport } from '../../../src/surfaces/cli/failure.ts';

const manual = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');
const codes = Object.keys(errors) as ErrorCode[];

it('the manual has a section for each error, and for no other', () => {
  const sections = [...manual.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(sections).toEqual(codes);
});

it.each(codes)('%s leaves with the status that the manual states', (code) => {
  const stated = new RegExp(`^## ${code}\n\nExit status (\\d+)\\.`, 'm').exec(manual)?.[1];
  const report = failureReport(new BorginitError(code, 'cannot do it: reasons'));
  expect(report.exit).toBe(Number(stated));
  expect(report.body).toEqual({ error: { code, message: 'cannot do it: reasons', hint: errors[code].hint } });
});

it('anything else that is thrown is INTERNAL, and shown with its stack', () => {
  const report = failureReport(new TypeError('x is not a function'));
  expect(report.exit).toBe(errors.INTERNAL.exit);
  expect(report.text).toContain('errors.test.ts');
});
