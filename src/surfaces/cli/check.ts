import { renderIssue, type ConfigIssue } from '../../config/issue.ts';
import { readConfig } from '../../config/load-config.ts';
import { errors } from '../../model/errors.ts';
import { canaryShare, isCanary } from '../../model/rollout.ts';
import type { Config, RolloutSpec, ServiceSpec } from '../../model/spec.ts';
import { formatDuration } from '../../config/units.ts';
import type { CommandArgs } from './command-line.ts';
import { findConfigFile } from './config-file.ts';
import { printJson } from './control.ts';
import { printable } from './text-table.ts';
import type { World } from './world.ts';

/** `borginit check`: says what is wrong with a configuration, or what it starts. */
export function check(args: CommandArgs, world: World): Promise<number> {
  const file = findConfigFile(args.words[0], world);
  const result = readConfig(file);
  const exit = result.ok ? 0 : errors.CONFIG_INVALID.exit;
  if (args.has('json')) printJson(world, { file, ...result, ...(result.ok && { config: plain(result.config) }) });
  else if (result.ok) world.stdout.write(lines([...result.warnings.map(warn), ...summarize(file, result.config)]));
  else world.stdout.write(lines(result.issues.map(renderIssue)));
  return Promise.resolve(exit);
}

/** A server by its name: what is known about it is no part of the configuration. */
const plain = (config: Config) => ({
  ...config,
  services: config.services.map((service) => ({ ...service, server: service.server.name })),
});

const lines = (texts: readonly string[]): string => texts.map((text) => `${printable(text)}\n`).join('');

const warn = (issue: ConfigIssue): string => `warning: ${renderIssue(issue)}`;

const summarize = (file: string, { name, services, rollout }: Config): readonly string[] => [
  `${file} is fine: ${name}`,
  ...(rollout === undefined ? [] : [`  rollout: ${describeRollout(rollout)}`]),
  ...services.map((service) => `  ${describeService(service)}`),
];

/** Shape: "unicorn ×2: unicorn -c unicorn.rb; reload by reexec, on revision" */
function describeService({ name, instances, command, reload }: ServiceSpec): string {
  const copies = instances === 1 ? '' : ` ×${instances}`;
  const reloads = reload.strategy === 'none' ? 'no reload' : `reload by ${reload.strategy}, on ${reload.on}`;
  return `${name}${copies}: ${command.join(' ')}; ${reloads}`;
}

/** Shape: "web-7 (43.8) is not among the first 20%, follows 10m later; spread over 30s; at most 2 at once" */
function describeRollout(spec: RolloutSpec): string {
  const { name, splayMs, canary, permit } = spec;
  const first = canary && `among the first ${canary.percent}%`;
  const rank = isCanary(spec)
    ? `is ${first}`
    : `is not ${first}, follows ${formatDuration(canary?.afterMs ?? 0)} later`;
  return [
    ...(canary === undefined ? [] : [`${name} (${canaryShare(name).toFixed(1)}) ${rank}`]),
    ...(splayMs === 0 ? [] : [`spread over ${formatDuration(splayMs)}`]),
    ...(permit === undefined ? [] : [`at most ${permit.atMost} at once`]),
  ].join('; ');
}
