import { expect, it } from 'vitest';
import { forInstance, forTrial } from '../../src/model/spec-instance.ts';
import type { ProbeSpec } from '../../src/model/spec.ts';
import { sampleHealth, sampleSpec } from '../machine/sample.ts';

const n = '${instance}';

it('puts the number into commands, environment and directory', () => {
  const spec = sampleSpec({
    command: ['run', `--port=80${n}${n}`],
    prepare: [`prepare-${n}`],
    cwd: `/srv/${n}`,
    env: { N: n },
    listen: [`/run/${n}.sock`],
  });
  expect(forInstance(spec, 2)).toMatchObject({
    ...{ command: ['run', '--port=8022'], prepare: ['prepare-2'], cwd: '/srv/2', env: { N: '2' } },
    listen: ['/run/2.sock'],
  });
  expect(forInstance(sampleSpec(), 2)).toEqual(sampleSpec());
});

it('has a trial listen where it is asked, and nowhere else', () => {
  const trial = { command: ['web'], env: {}, port: undefined, holdMs: 0 } as const;
  const listen = ['0.0.0.0:80', '/run/web.sock'];
  expect(forTrial(sampleSpec({ listen }), trial, 4_000).listen).toEqual(['127.0.0.1:4000', '127.0.0.1:0']);
});

it('puts the number into what reloads a service and what checks it first', () => {
  const reload = { ...sampleSpec().reload, check: ['nginx', '-c', n], command: ['nginx', '-s', n] } as const;
  expect(forInstance(sampleSpec({ reload }), 2).reload).toEqual({
    ...{ ...reload, check: ['nginx', '-c', '2'], command: ['nginx', '-s', '2'] },
  });
});

it.each<{ probe: ProbeSpec; expected: object }>([
  { probe: { kind: 'exec', command: ['check', n], env: {} }, expected: { command: ['check', '2'] } },
  {
    probe: { kind: 'tcp', address: { kind: 'unix', path: `/run/${n}.sock` } },
    expected: { address: { path: '/run/2.sock' } },
  },
  {
    probe: {
      kind: 'http',
      path: '/',
      host: 'h',
      revisionIn: undefined,
      address: { kind: 'tcp', host: 'h', port: 1 },
    },
    expected: { address: { kind: 'tcp', host: 'h', port: 1 } },
  },
])('puts the number into a probe by $probe.kind', ({ probe, expected }) => {
  expect(forInstance(sampleSpec({ health: { ...sampleHealth, probe } }), 2).health?.probe).toMatchObject(expected);
});
