import { expect, it } from 'vitest';

import { renderReload } from '../../../src/surfaces/cli/reload-view.ts';
import { sampleNow, sampleReload } from '../sample.ts';

const view = { isColoured: false, now: sampleNow };

it.each([
  {
    name: 'a reload that went well',
    record: sampleReload(),
    text: 'unicorn.1 reloaded 4m 55s ago, 4f2c9e1 → 9bc1d22, after 4s: the new generation serves',
  },
  {
    name: 'a rollback',
    record: sampleReload({ outcome: 'rolled-back', phase: 'proving', why: 'worker 0 answered 500' }),
    text: 'unicorn.1 rolled back 4m 55s ago while proving, 4f2c9e1 → 9bc1d22, after 4s: worker 0 answered 500',
  },
  {
    name: 'how long a generation that failed was exposed',
    record: sampleReload({ outcome: 'failed', phase: 'soaking', why: 'it answered 500', exposureMs: 840 }),
    text:
      'unicorn.1 failed 4m 55s ago while soaking, 4f2c9e1 → 9bc1d22, after 4s: it answered 500; ' +
      'took requests unproven for up to 840ms',
  },
  {
    name: 'no shorter exposure than there was',
    record: sampleReload({ outcome: 'failed', phase: 'soaking', why: 'it answered 500', exposureMs: 1_901 }),
    text:
      'unicorn.1 failed 4m 55s ago while soaking, 4f2c9e1 → 9bc1d22, after 4s: it answered 500; ' +
      'took requests unproven for up to 2s',
  },
  {
    name: 'generations where there is no revision',
    record: sampleReload({ from: { generation: 3, revision: null }, to: { generation: 4, revision: null } }),
    text: 'unicorn.1 reloaded 4m 55s ago, generation 3 → generation 4, after 4s: the new generation serves',
  },
])('shows $name in one line', ({ record, text }) => {
  expect(renderReload(record, view)).toBe(text);
});

it('lets no reason steer the terminal', () => {
  expect(renderReload(sampleReload({ why: 'a\x1b[2J\nb' }), view)).toMatch(/: ab$/);
});
