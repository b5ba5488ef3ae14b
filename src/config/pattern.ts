/** A regular expression that somebody wrote, or what is wrong with it. */
export type PatternResult =
  { readonly ok: true; readonly pattern: RegExp } | { readonly ok: false; readonly problem: string };

export const patternMaxLength = 256;
/** Longest text that a pattern is tested against: as long as a title. */
export const testedMaxLength = 512;
/** The engine's reasons are shorter, but it is not ours to promise that. */
const reasonMaxLength = 100;

/** The engine tries every way to match: with a repetition inside a repetition, there may be more than it could ever try. */
const endless =
  'a group that is repeated may hold neither a repetition nor a choice, for that could be tested for ever';

/** With each further one the engine may try as many ways as the text is long, or twice as many. */
const [repetitionsMax, optionsMax] = [3, 8];
const tooMany = `expected at most ${repetitionsMax} repetitions without limit, and ${optionsMax} of "?" and "{…}"`;

/** Reads a regular expression as JavaScript writes it, without slashes and flags. */
export function parsePattern(source: string): PatternResult {
  try {
    const pattern = new RegExp(source);
    if (isEndless(source)) return { ok: false, problem: endless };
    return hasTooMany(source) ? { ok: false, problem: tooMany } : { ok: true, pattern };
  } catch (error) {
    return { ok: false, problem: `expected a regular expression: ${reasonOf(error as Error)}` };
  }
}

/** Shape: "Invalid regular expression: /a: (b/: Unterminated group" → "unterminated group". */
const reasonOf = ({ message }: Error): string => {
  const reason = message.slice(message.lastIndexOf(': ') + 2).slice(0, reasonMaxLength);
  return reason.charAt(0).toLowerCase() + reason.slice(1);
};

/** One thing at a time: an escape, a class of characters, a group's beginning or end, a choice, a repetition. */
const token = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[a-z-]*:|[=!]|<[=!]|<\w+>))?|\)|\||[*+?]\??|\{\d+(?:,\d*)?\}\??/gs;

/** Whether something is tried more often than once inside a group that is repeated. The source is known to be right. */
function isEndless(source: string): boolean {
  /** Of each open group, outermost first: whether there is more than one way through it. */
  const open: boolean[] = [];
  let closed: boolean | undefined;
  for (const [part] of source.matchAll(token)) {
    if (part.startsWith('(')) open.push(false);
    else if (part === '|' || isQuantifier(part)) {
      if (closed === true && part !== '|' && isRepetition(part)) return true;
      if (open.length > 0) open[open.length - 1] = true;
    }
    const ended = part === ')' ? (open.pop() ?? false) : undefined;
    // What is in a group is in those around it, too.
    if (ended === true && open.length > 0) open[open.length - 1] = true;
    closed = ended;
  }
  return false;
}

function hasTooMany(source: string): boolean {
  const quantifiers = [...source.matchAll(token)].map(([part]) => part).filter(isQuantifier);
  const unlimited = quantifiers.filter((part) => /^(?:[*+]|\{\d+,\})/.test(part)).length;
  return unlimited > repetitionsMax || quantifiers.length - unlimited > optionsMax;
}

const isQuantifier = (part: string): boolean => /^[*+?{]/.test(part);
/** `?` is none, and neither is `{1}`. */
const isRepetition = (part: string): boolean => !/^(?:\?|\{[01](?:,1)?\})/.test(part);
