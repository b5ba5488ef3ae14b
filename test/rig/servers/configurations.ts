import type { Place, Release, ReleaseKind, RigServer } from './server.ts';

/** The text of a configuration for each kind of release that a server can have. */
export type Texts = Readonly<Partial<Record<ReleaseKind, (release: Release, place: Place) => string>>>;

/** The files of a release of a server that answers by itself: its configuration is all that there is. */
export const configuration =
  (name: string, texts: Texts): RigServer['files'] =>
  (release, place) => {
    const text = texts[release.kind];
    return text === undefined ? undefined : { [name]: text(release, place) };
  };
