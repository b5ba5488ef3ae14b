/** One option of a command. */
export interface OptionSpec {
  /** What its value stands for; an option without one is a switch. */
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
}

/** One command, as `--help` shows it and the parser reads it. */
export interface CommandSpec {
  readonly usage: string;
  readonly help: string;
  /** How many words the command takes; those after `--` are always taken by `run` alone. */
  readonly words: 'none' | 'one' | 'any' | 'command';
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Further paragraphs of its own help. */
  readonly details: string;
}

const json = { help: 'print JSON, for programs' } as const satisfies OptionSpec;

const operation = <Options extends Readonly<Record<string, OptionSpec>>>(
  verb: string,
  help: string,
  details: string,
  options: Options = {} as Options,
) =>
  ({
    usage: `${verb} [service…]`,
    help,
    words: 'any',
    options: { ...options, json },
    details: `${details} Without a service, all are meant. Returns when it has ended; exits 0 only if every instance did as asked.`,
  }) as const satisfies CommandSpec;

/** Every command, in the order of `--help`. */
export const commands = {
  run: {
    usage: 'run [-c file] | run -- command…',
    help: 'start and keep the services of a configuration, or one command (the default)',
    words: 'command',
    options: {
      config: { value: 'file', short: 'c', help: 'the configuration' },
      'no-init': { help: 'do not become init first: somebody else reaps orphans' },
      rehearse: { help: 'find what runs and decide what to do, but do nothing: would it come up?' },
    },
    details:
      'Without -c, the configuration is $BORGINIT_CONFIG, or else the first that exists of borginit.yaml, borginit.yml ' +
      'and borginit.json in the working directory and in /etc. A command needs no configuration: borginit leaves with its status.',
  },
  status: {
    usage: 'status [--json] [--watch]',
    help: 'show what runs, and since when',
    words: 'none',
    options: { json, watch: { short: 'w', help: 'again each second' } },
    details: 'The JSON is described by the package’s status.schema.json.',
  },
  reload: operation(
    'reload',
    'replace the generation without losing a request',
    'Rolls back what cannot prove itself. A revision that was refused is tried again only with --force. With --dry-run ' +
      'nothing is done: each step that a reload would take is told, and what would be done where it fails.',
    {
      force: { help: 'also to a revision that was refused' },
      'dry-run': { help: 'tell what it would do, and do nothing' },
    },
  ),
  restart: operation('restart', 'stop, then start', 'Requests are refused in between: `reload` is the gentle way.'),
  start: operation('start', 'start what is down', 'What gave up is tried again.'),
  stop: operation('stop', 'stop gracefully, and stay down', 'SIGKILL follows at the service’s own deadline.'),
  history: {
    usage: 'history [-n count] [--json] | history show [which] [--json]',
    help: 'list the last reloads, and what decided them',
    words: 'any',
    options: { json, last: { value: 'count', short: 'n', help: 'how many; 20 unless given' } },
    details:
      'show tells the story of one reload, phase after phase: the last one, the last one to a revision, or the one that ' +
      'made a generation, named as web.1#4.',
  },
  healthcheck: {
    usage: 'healthcheck [--json]',
    help: 'exit 0 if every service is well',
    words: 'none',
    options: { json },
    details: 'Made for HEALTHCHECK in a Dockerfile and for exec probes: one line, and an answer within five seconds.',
  },
  upgrade: {
    usage: 'upgrade [--json]',
    help: 'hand over to the borginit that lies on the disk now',
    words: 'none',
    options: { json },
    details:
      'The services run on, and whatever is under way is finished. The new one is rehearsed first: where it would not come ' +
      'up, the old one stays, and it exits 1. It reads the configuration anew.',
  },
  check: {
    usage: 'check [file] [--json]',
    help: 'read a configuration and say what is wrong with it',
    words: 'one',
    options: { json },
    details: 'Without a file, looks where `run` looks. Nothing is started; exits 2 if there is anything to mend.',
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof commands;

export const isCommand = (word: string): word is CommandName => Object.hasOwn(commands, word);
