import { expect, it } from 'vitest';
import { configFromObject } from '../../src/config/parse-config.ts';
import { forInstance } from '../../src/model/spec-instance.ts';
import type { ServiceSpec } from '../../src/model/spec.ts';

function specOf(service: object): ServiceSpec {
  const result = configFromObject({ services: { web: service } }, '/');
  if (!result.ok || result.config.services[0] === undefined) throw new Error('not a configuration');
  return result.config.services[0];
}

it('puts the number into commands, environment and directory', () => {
  const spec = specOf({
    command: ['web-${instance}', '${instance}${instance}', '$instance'],
    prepare: 'prepare ${instance}',
    cwd: '/srv/${instance}',
    env: { A: 'a${instance}', '${instance}': 'b' },
    instances: 12,
  });
  expect(forInstance(spec, 12)).toEqual({
    ...spec,
    command: ['web-12', '1212', '$instance'],
    prepare: ['/bin/sh', '-c', 'exec prepare 12'],
    cwd: '/srv/12',
    env: { A: 'a12', '${instance}': 'b' },
  });
});

it.each([
  [{ exec: ['check', '${instance}'] }, { kind: 'exec', command: ['check', '3'] }],
  [{ http: '/', socket: '/run/${instance}' }, { address: { kind: 'unix', path: '/run/3' } }],
  [{ http: '/', port: 80 }, { address: { kind: 'tcp', port: 80 } }],
  [{ tcp: 'db:80' }, { kind: 'tcp', address: { kind: 'tcp', host: 'db', port: 80 } }],
])('puts the number into the probe %j', (health, probe) => {
  expect(forInstance(specOf({ command: 'x', health }), 3).health?.probe).toMatchObject(probe);
});

it('changes nothing in the spec it is given', () => {
  const spec = specOf({ command: ['${instance}'] });
  forInstance(spec, 1);
  expect(spec.command).toEqual(['${instance}']);
});
