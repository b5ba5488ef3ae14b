declare const brand: unique symbol;

/** One of a service's n copies. Shape: "web.1". */
export type InstanceId = string & { readonly [brand]: 'InstanceId' };

/** One life of one instance: a main process with its workers. Never reused, unlike a pid. Shape: "web.1#3". */
export type GenerationId = string & { readonly [brand]: 'GenerationId' };

/** The deployed code's identity: the trimmed content of the revision file. */
export type Revision = string & { readonly [brand]: 'Revision' };

/** An instant of the system's monotonic clock, in milliseconds. It is the same clock in every process. */
export type Millis = number;

export const instanceId = (service: string, instance: number): InstanceId => `${service}.${instance}` as InstanceId;

export const generationId = (instance: InstanceId, generation: number): GenerationId =>
  `${instance}#${generation}` as GenerationId;

/** Longest revision in characters: room for any hash, tag or URL, and short enough for one line of `status`. */
export const revisionMaxLength = 256;

export type RevisionVerdict =
  { readonly ok: true; readonly revision: Revision } | { readonly ok: false; readonly problem: string };

/** Accepts one line of printable text, surrounded by white space or not. */
export function parseRevision(content: string): RevisionVerdict {
  const text = content.trim();
  if (text === '') return { ok: false, problem: 'it is empty' };
  if (text.length > revisionMaxLength)
    return { ok: false, problem: `it is longer than ${revisionMaxLength} characters` };
  if (!/^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(text)) return { ok: false, problem: 'it is not one line of printable text' };
  return { ok: true, revision: text as Revision };
}
