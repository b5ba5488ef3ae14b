import { expect, it } from 'vitest';
import { span, step } from '../../../src/machine/reload/planned-step.ts';

it.each([
  { ms: 250, text: '250ms' },
  { ms: 1_500, text: '1.5s' },
  { ms: 120_000, text: '120s' },
])('says $ms as $text', ({ ms, text }) => {
  expect(span(ms)).toBe(text);
});

it('takes no time unless told', () => {
  expect(step('proving', 'see')).toEqual({ phase: 'proving', text: 'see', limitMs: null });
});
