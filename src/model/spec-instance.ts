import type { Address, ProbeSpec, ServiceSpec, TrialSpec } from './spec.ts';

type Argv = ServiceSpec['command'];

/** The spec with `${instance}` replaced by the instance's number in its commands, environment, directory and probe. */
export function forInstance(spec: ServiceSpec, instance: number): ServiceSpec {
  const text = (value: string): string => value.replaceAll('${instance}', String(instance));
  const argv = ([program, ...rest]: Argv): Argv => [text(program), ...rest.map(text)];
  return {
    ...spec,
    command: argv(spec.command),
    prepare: spec.prepare && argv(spec.prepare),
    reload: {
      ...spec.reload,
      check: spec.reload.check && argv(spec.reload.check),
      command: spec.reload.command && argv(spec.reload.command),
      trial: spec.reload.trial && trialWith(spec.reload.trial, text, argv),
    },
    cwd: text(spec.cwd),
    env: mapValues(spec.env, text),
    listen: spec.listen.map(text),
    health: spec.health && { ...spec.health, probe: probeFor(spec.health.probe, text, argv) },
  };
}

/** What a trial is where it may be reached: the service's spec, on that port of the loopback. */
export function forTrial(spec: ServiceSpec, trial: TrialSpec, port: number): ServiceSpec {
  const text = (value: string): string => value.replaceAll('${port}', String(port));
  const { command, env } = trialWith(trial, text, ([program, ...rest]) => [text(program), ...rest.map(text)]);
  return {
    ...spec,
    command,
    env: { ...spec.env, PORT: String(port), ...env },
    stdin: 'null',
    listen: spec.listen.map((_, index) => `127.0.0.1:${index === 0 ? port : 0}`),
    health: spec.health && { ...spec.health, probe: trialProbe(spec.health.probe, port) },
  };
}

function trialProbe(probe: ProbeSpec, port: number): ProbeSpec {
  const address: Address = { kind: 'tcp', host: '127.0.0.1', port };
  return probe.kind === 'exec' ? { ...probe, env: { PORT: String(port) } } : { ...probe, address };
}

const trialWith = (trial: TrialSpec, text: (value: string) => string, argv: (command: Argv) => Argv): TrialSpec => ({
  ...trial,
  command: argv(trial.command),
  env: mapValues(trial.env, text),
});

const mapValues = (env: ServiceSpec['env'], text: (value: string) => string): ServiceSpec['env'] =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, text(value)]));

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
