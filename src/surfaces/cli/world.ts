import { isatty } from 'node:tty';

/** A stream for text, as far as a command needs to know. */
export interface TextOutput {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Characters in a line; infinite where nobody looks. */
  readonly columns: number;
  readonly isColoured: boolean;
}

/** What a command may know of the process it runs in. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** The wall clock, in milliseconds since 1970. */
  now(): number;
}

/** The process itself as a world. A reader that goes away (`borginit status | head -1`) is no error. */
export function processWorld(): World {
  return {
    env: process.env,
    get cwd() {
      return currentDirectory();
    },
    stdout: outputOf(1, () => process.stdout),
    stderr: outputOf(2, () => process.stderr),
    now: () => Date.now(),
  };
}

/** The release in which we were started may have been deleted since: then it is where that release's name leads now. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env['PWD'] ?? '/';
  }
}

/**
 * The stream is opened at its first use, and never for a question: Node makes it non-blocking, for everybody who shares
 * it, and `run` shares its own with init and the services.
 */
function outputOf(descriptor: number, open: () => NodeJS.WriteStream): TextOutput {
  let opened: NodeJS.WriteStream | undefined;
  const stream = () => (opened ??= open().on('error', () => undefined));
  const { NO_COLOR = '', TERM } = process.env;
  return {
    write: (text) => void stream().write(text),
    get isTerminal() {
      return isatty(descriptor);
    },
    get columns() {
      return isatty(descriptor) ? stream().columns : Infinity;
    },
    get isColoured() {
      return isatty(descriptor) && NO_COLOR === '' && TERM !== 'dumb';
    },
  };
}
