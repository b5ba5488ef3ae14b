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
    cwd: process.cwd(),
    stdout: outputOf(() => process.stdout),
    stderr: outputOf(() => process.stderr),
    now: () => Date.now(),
  };
}

/** The stream is opened at its first use: `run` hands its own to init, as untouched as they came. */
function outputOf(open: () => NodeJS.WriteStream): TextOutput {
  let opened: NodeJS.WriteStream | undefined;
  const stream = () => (opened ??= open().on('error', () => undefined));
  const { NO_COLOR = '', TERM } = process.env;
  return {
    write: (text) => void stream().write(text),
    get isTerminal() {
      return stream().isTTY;
    },
    get columns() {
      return stream().isTTY ? stream().columns : Infinity;
    },
    get isColoured() {
      return stream().isTTY && NO_COLOR === '' && TERM !== 'dumb';
    },
  };
}
