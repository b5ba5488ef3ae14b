import { commands, type CommandName, type CommandSpec } from './commands.ts';
import { wrapText } from './text-table.ts';

/** The text of `borginit --help`. */
export function renderHelp(): string {
  const rows = Object.entries(commands).map(([name, { help }]) => `  ${name.padEnd(13)}${help}`);
  return [
    'borginit: a container’s PID 1, and the supervisor of what runs in it',
    '',
    'Usage:',
    '  borginit [-c file]            supervise the services of a configuration',
    '  borginit -- command…          supervise one command, and leave with its status',
    '  borginit command [option…]    talk to a running borginit',
    '',
    'Commands:',
    ...rows,
    '',
    '`borginit command --help` says more. -V, --version prints the version.',
    '',
  ].join('\n');
}

/** The text of `borginit COMMAND --help`. */
export function renderCommandHelp(name: CommandName): string {
  const spec: CommandSpec = commands[name];
  const usages = spec.usage.split(' | ').map((usage) => `  borginit ${usage}`);
  const options = Object.entries({ ...spec.options, help: { short: 'h', help: 'print this' } }).map(
    ([option, { short, value, help }]: [string, { short?: string; value?: string; help: string }]) => {
      const names = `${short === undefined ? '    ' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`;
      return `  ${names.padEnd(22)}${help}`;
    },
  );
  const details = spec.details === '' ? [] : [...wrapText(spec.details, 80), ''];
  return [spec.help, '', 'Usage:', ...usages, '', ...details, 'Options:', ...options, ''].join('\n');
}
