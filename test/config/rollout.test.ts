import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { renderIssue, type ConfigResult } from '../../src/config/issue.ts';
import { configFromObject } from '../../src/config/object-config.ts';
import type { RolloutSpec } from '../../src/model/spec.ts';

const services = { web: { command: 'unicorn', health: { tcp: 80 } } };
const read = (keys: object): ConfigResult => configFromObject({ services, ...keys }, '/start');

function specOf(keys: object): RolloutSpec | undefined {
  const result = read(keys);
  if (!result.ok) throw new Error(result.issues.map(renderIssue).join('\n'));
  return result.config.rollout;
}

const linesOf = (keys: object): string[] => {
  const result = read(keys);
  return (result.ok ? result.warnings : result.issues).map(renderIssue);
};

describe('a rollout', () => {
  it.each([{}, { revision: { file: 'r' } }, { revision: { file: 'r', splay: '0s' } }])(
    'is none where nothing keeps a reload from beginning at once: %j',
    (keys) => {
      expect(specOf(keys)).toBeUndefined();
    },
  );

  it('goes by the name of the host where none is given', () => {
    expect(specOf({ revision: { file: 'r', splay: '30s' } })).toEqual({
      name: hostname(),
      splayMs: 30_000,
      canary: undefined,
      permit: undefined,
    });
  });

  it('lets the others follow ten minutes after the canaries where nothing is said', () => {
    const canary = { percent: 20, on: 'web-7' };
    expect(specOf({ revision: { file: 'r', canary } })).toEqual({
      name: 'web-7',
      splayMs: 0,
      canary: { percent: 20, afterMs: 600_000 },
      permit: undefined,
    });
  });

  it('has one permit where nothing is said, by a path that begins where borginit was started', () => {
    const spec = specOf({ revision: { file: 'r' }, rollout: { lock: 'shop.lock' } });
    expect(spec?.permit).toEqual({ lock: '/start/shop.lock', atMost: 1 });
  });

  it('may have both canaries and permits', () => {
    const spec = specOf({ revision: { file: 'r', canary: { percent: 5 } }, rollout: { lock: '/l', atMost: 3 } });
    expect(spec).toMatchObject({ canary: { percent: 5 }, permit: { atMost: 3 } });
  });
});

describe('what makes no sense', () => {
  it('is a rollout of nothing', () => {
    expect(linesOf({ rollout: { lock: '/l' } })).toEqual([
      'rollout: no revision file is configured: expected revision.file beside it',
    ]);
  });

  it('is, probably, a rollout that no service takes part in', () => {
    const revision = { file: 'r', splay: '30s' };
    expect(linesOf({ revision, services: { job: { command: 'job' } } })).toEqual([
      'revision: no service is reloaded on revision, so there is nothing to roll out',
    ]);
  });

  it.each([
    { percent: 20, splay: '10m', doubts: 1 },
    { percent: 20, splay: '9m', doubts: 0 },
    { percent: 0, splay: '10m', doubts: 0 },
    { percent: 100, splay: '10m', doubts: 0 },
  ])('is, probably, that some move before the last canary has: $percent, $splay', ({ percent, splay, doubts }) => {
    const lines = linesOf({ revision: { file: 'r', splay, canary: { percent } } });
    expect(lines).toEqual(
      doubts === 0
        ? []
        : ['revision.splay: as long as canary.after (10m) or longer: some move before the last canary has'],
    );
  });
});
