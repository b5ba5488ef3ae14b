import type { Address, ProbeSpec, ServiceSpec } from './spec.ts';

type Argv = ServiceSpec['command'];

/** The spec with `${instance}` replaced by the instance's number in its commands, environment, directory and probe. */
export function forInstance(spec: ServiceSpec, instance: number): ServiceSpec {
  const text = (value: string): string => value.replaceAll('${instance}', String(instance));
  const argv = ([program, ...rest]: Argv): Argv => [text(program), ...rest.map(text)];
  return {
    ...spec,
    command: argv(spec.command),
    prepare: spec.prepare && argv(spec.prepare),
    cwd: text(spec.cwd),
    env: Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, text(value)])),
    health: spec.health && { ...spec.health, probe: probeFor(spec.health.probe, text, argv) },
  };
}

function probeFor(probe: ProbeSpec, text: (value: string) => string, argv: (command: Argv) => Argv): ProbeSpec {
  const address = (to: Address): Address => (to.kind === 'unix' ? { ...to, path: text(to.path) } : to);
  switch (probe.kind) {
    case 'exec':
      return { ...probe, command: argv(probe.command) };
    case 'tcp':
      return { ...probe, address: address(probe.address) };
    case 'http':
      return { ...probe, address: address(probe.address) };
  }
}
