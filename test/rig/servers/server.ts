/** What a kind of server needs in an application's home: one file per server beside this one. */
export type ReleaseKind =
  | 'good'
  /** Good, after half a second of loading. */
  | 'boots-slowly'
  /** The code raises, or the server's configuration does not parse where it runs no code. */
  | 'raises-at-boot'
  | 'hangs-at-boot'
  /** Each worker serves for 0.3 s and dies. */
  | 'crash-loops'
  | 'answers-500'
  /** Takes a while to load; whoever loads it after a /ping was answered answers 500. */
  | 'breaks-later'
  /** Good, and each worker has 48 MiB for itself. */
  | 'heavy'
  /** The master leaves while it reads its configuration. */
  | 'exits-at-once'
  /** Wants a second port, on which somebody else listens; the configuration itself is well. */
  | 'port-taken';

/** What a command and the files of a release are made of. */
export interface Place {
  readonly path: string;
  readonly current: string;
  readonly pidFile: string;
  readonly port: number;
  /** Where it listens: "127.0.0.1:8000", or the path of a socket. */
  readonly address: string;
  /** In use by somebody else once a release of the kind `port-taken` exists. */
  readonly takenPort: number;
  readonly workers: number;
  readonly preload: boolean;
}

export interface Release {
  readonly kind: ReleaseKind;
  readonly revision: string;
  /** Where it stands, links resolved. */
  readonly dir: string;
}

/** Texts by their files' names. */
export type Files = Readonly<Record<string, string>>;

export interface RigServer {
  /** In the foreground, with its configuration reached through `current`. */
  readonly command: (place: Place) => readonly [string, ...string[]];
  /** What a release holds besides its REVISION; undefined where there is no such kind for this server. */
  readonly files: (release: Release, place: Place) => Files | undefined;
  /** For a server that speaks no HTTP: the `health` of a configuration. */
  readonly health?: (place: Place) => Readonly<Record<string, unknown>>;
  /** HTTP, unless said otherwise. */
  readonly protocol?: 'fcgi';
}
