import { describe, expect, it } from 'vitest';

import { renderStory, storyName } from '../../../src/surfaces/cli/story-view.ts';
import { sampleNow, sampleReload } from '../sample.ts';

const view = { columns: 80, isColoured: false, now: sampleNow };

describe('the story of a reload', () => {
  it('tells what became of it, how it was begun, and each phase with its instant', () => {
    expect(renderStory(sampleReload(), view)).toBe(
      [
        'unicorn.1#4 reloaded 4m 55s ago, 4f2c9e1 → 9bc1d22, after 4s: the new generation',
        'serves',
        'by reexec, because the revision changed; generation 3 → 4, 2026-03-01',
        '',
        'PHASE        AFTER     TOOK  AT (UTC)',
        'preparing  0.000 s  0.040 s  11:55:00.000',
        'starting   0.040 s  0.020 s  11:55:00.040',
        'proving    0.060 s  1.840 s  11:55:00.060',
        'soaking    1.900 s  2.050 s  11:55:01.900',
        'retiring   3.950 s  0.250 s  11:55:03.950',
        'reloaded   4.200 s           11:55:04.200',
        '',
      ].join('\n'),
    );
  });

  it('of a rollback ends with it, and says what clients may have met', () => {
    const timeline = [
      { phase: 'proving', afterMs: 0 },
      { phase: 'rolling-back', afterMs: 900 },
    ];
    const record = sampleReload({
      ...{ outcome: 'rolled-back', phase: 'proving', why: 'it answered 500', durationMs: 1_000, exposureMs: 840 },
      ...{ timeline, trigger: 'operator' },
    });
    const lines = renderStory(record, { ...view, columns: Infinity }).split('\n');
    expect(lines[0]).toMatch(/: it answered 500; took requests unproven for up to 840ms$/);
    expect(lines[1]).toMatch(/^by reexec, because an operator asked;/);
    expect(lines.slice(-5)).toEqual([
      'rolling-back  0.900 s  0.100 s  11:55:00.900',
      'rolled back   1.000 s           11:55:01.000',
      '',
      'meanwhile it wrote nothing',
      '',
    ]);
  });

  it.each([
    {
      lastLines: ['config.ru:3: boom', '\x1b[31mred'],
      told: ['what it wrote last:', '  config.ru:3: boom', '  red'],
    },
    { lastLines: [], told: ['meanwhile it wrote nothing'] },
    { lastLines: null, told: ["logs.mode is inherit: its output went straight to borginit's own"] },
  ])('that did not go well ends with what was written: $told', ({ lastLines, told }) => {
    const record = sampleReload({ outcome: 'failed', lastLines });
    expect(renderStory(record, view)).toMatch(new RegExp('11:55:04.200\n\n'));
    expect(
      renderStory(record, view)
        .split('\n')
        .slice(-1 - told.length),
    ).toEqual([...told, '']);
    expect(renderStory({ ...record, outcome: 'reloaded' }, view)).not.toContain(told[0]);
  });

  it('is named after the generation that was made', () => {
    expect(storyName(sampleReload({ service: 'web', instance: 2 }))).toBe('web.2#4');
  });
});
