import { parseArgs } from 'node:util';

import { nearest } from '../../config/nearest.ts';
import { BorginitError } from '../../model/errors.ts';
import { commands, isCommand, type CommandName, type CommandSpec } from './commands.ts';

/** A command's own arguments, read and checked against its table. */
export interface CommandArgs {
  readonly words: readonly string[];
  /** What follows `--`. */
  readonly command: readonly string[];
  has(option: string): boolean;
  valueOf(option: string): string | undefined;
}

export type CommandLine =
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly of: CommandName | undefined }
  | { readonly kind: 'command'; readonly name: CommandName; readonly args: CommandArgs };

/** Reads the arguments after the program's name. Fails with USAGE. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [first = ''] = argv;
  if (first === '--version' || first === '-V') return { kind: 'version' };
  if (first === '--help' || first === '-h') return { kind: 'help', of: undefined };
  if (first === 'help') return help(argv[1]);
  if (first === '' || first.startsWith('-')) return parseCommand('run', argv);
  if (!isCommand(first)) throw unknownCommand(first);
  return parseCommand(first, argv.slice(1));
}

function help(word: string | undefined): CommandLine {
  if (word !== undefined && !isCommand(word)) throw unknownCommand(word);
  return { kind: 'help', of: word };
}

const usage = (problem: string): BorginitError => new BorginitError('USAGE', problem);

const unknownCommand = (word: string): BorginitError =>
  usage(
    `cannot run ${word}: no such command${suggestion(word, Object.keys(commands)) || `; to supervise it: borginit -- ${word}`}`,
  );

function parseCommand(name: CommandName, argv: readonly string[]): CommandLine {
  const spec: CommandSpec = commands[name];
  const options = Object.entries({ ...spec.options, help: { short: 'h', help: '' } }).map(
    ([option, { short, value }]: [string, { short?: string; value?: string }]) =>
      [option, { type: value === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) }] as const,
  );
  const config = { args: [...argv], options: Object.fromEntries(options), strict: false, tokens: true } as const;
  const given = new Map<string, string>();
  const words: string[] = [];
  let command: readonly string[] = [];
  for (const token of parseArgs(config).tokens) {
    if (token.kind === 'option') given.set(token.name, checkOption(name, spec, token));
    else if (token.kind === 'positional') words.push(token.value);
    else {
      command = argv.slice(token.index + 1);
      break;
    }
  }
  if (given.has('help')) return { kind: 'help', of: name };
  checkWords(name, spec, words, command);
  return {
    kind: 'command',
    name,
    args: { words, command, has: (option) => given.has(option), valueOf: (option) => given.get(option) },
  };
}

function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
}

/** Returns the option's value, empty for a switch. */
function checkOption(command: CommandName, spec: CommandSpec, { name, rawName, value }: OptionToken): string {
  if (name === 'help') return '';
  const option = Object.hasOwn(spec.options, name) ? spec.options[name] : undefined;
  if (option === undefined) {
    const known = [...Object.keys(spec.options), 'help'].map((each) => `--${each}`);
    throw usage(`cannot run ${command} with ${rawName}: no such option${suggestion(rawName, known)}`);
  }
  if (option.value === undefined && value !== undefined) {
    throw usage(`cannot run ${command} with ${rawName}=${value}: the option takes no value`);
  }
  if (option.value !== undefined && (value === undefined || value === '')) {
    throw usage(`cannot run ${command} with ${rawName}: it needs a ${option.value}`);
  }
  return value ?? '';
}

function checkWords(name: CommandName, spec: CommandSpec, words: readonly string[], command: readonly string[]): void {
  const most = { none: 0, one: 1, any: Infinity, command: 0 }[spec.words];
  const tooMany = words[most];
  if (tooMany !== undefined) {
    const more = spec.words === 'command' ? '; a command to supervise follows --' : '';
    throw usage(`cannot run ${name} with ${tooMany}: it takes no such argument${more}`);
  }
  if (spec.words !== 'command' && command.length > 0) {
    throw usage(`cannot run ${name} with --: only run takes a command`);
  }
}
