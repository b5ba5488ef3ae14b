import type { Profile } from '../model/profile.ts';
import { profiles } from '../servers/profiles.ts';
import { testedMaxLength } from './pattern.ts';

/** A program and its arguments, as execve(2) takes them. */
export type Argv = readonly [string, ...string[]];

/**
 * A command line of one string is the shell's, which then steps aside for the program.
 *
 * Shape   "web -p $PORT" and "exec web -p $PORT" → ["/bin/sh", "-c", "exec web -p $PORT"]
 */
export const shellCommand = (line: string): Argv => ['/bin/sh', '-c', `exec ${line.replace(/^\s*(?:exec\s+)?/, '')}`];

/** The first server whose profile knows this command line, a shell's `exec` left out; `none` for any other. */
export function recogniseServer(command: Argv, servers: Iterable<Profile>): Profile {
  const line = (shellLine(command) ?? command.join(' ')).replace(/^\s*exec\s+/, '').slice(0, testedMaxLength);
  return [...servers].find((server) => server.command?.test(line) === true) ?? profiles.none;
}

/** The command with more arguments, for the shell too where it is a shell's. */
export function withArguments(command: Argv, more: readonly string[]): Argv {
  const line = shellLine(command);
  if (line === undefined) return [...command, ...more];
  const [program, flag = '', , ...rest] = command;
  return [program, flag, [line.trimEnd(), ...more].join(' '), ...rest];
}

/**
 * Where a shell's command line goes on after the program that `exec` makes of the shell: "&&", ";", "|" …
 * Undefined where it does not, and for commands that are not of this form.
 */
export function unreachedOperator(command: Argv): string | undefined {
  const line = shellLine(command);
  if (!line?.startsWith('exec ')) return undefined;
  const bare = line.trim().replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"|\$\([^)]*\)|`[^`]*`|[<>]&|&>/gs, ' ');
  const operator = /&&|\|\||[;|&\n]/.exec(bare)?.[0];
  return operator === '\n' ? 'the end of the line' : operator;
}

const shellLine = ([program, flag, line]: Argv): string | undefined =>
  /(?:^|\/)(?:ba|da|a)?sh$/.test(program) && flag === '-c' ? line : undefined;
