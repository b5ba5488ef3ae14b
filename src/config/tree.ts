import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { quoted, type Path, type Place, type Problem } from './issue.ts';

/** A parsed text: plain values, and where each of them stands. */
export interface Tree {
  readonly value: unknown;
  /** The key or list item at a path, or the nearest thing around it that exists. */
  readonly placeOf: (path: Path) => Place;
}

export type TreeResult =
  { readonly ok: true; readonly tree: Tree } | { readonly ok: false; readonly problems: readonly (Place & Problem)[] };

/** Deeper than anything that a configuration can mean, and far from what a parser's stack can bear. */
const depthMax = 32;
/** How often a text's anchors may be expanded in all. */
const aliasesMax = 100;
/** A slip of indentation makes a parser complain about all that follows. */
const syntaxProblemsMax = 5;

/**
 * Reads YAML 1.2, and JSON as the part of it that it is.
 *
 * A number or a truth value that is not written in its plain form keeps its text, so that `1.10`, `007` and `0x1F`
 * are what somebody wrote and not what a parser made of it.
 */
export function parseTree(text: string): TreeResult {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    // Comparing each key with each other takes minutes for a large file; `faultsOf` needs one pass.
    uniqueKeys: false,
  });
  const faults = [...syntaxFaults(document), ...(document.errors.length === 0 ? faultsOf(document, lines) : [])];
  if (faults.length > 0) return { ok: false, problems: faults.map((fault) => located(fault, lines)) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
    return { ok: true, tree: { value, placeOf: placesOf(document, lines) } };
  } catch {
    const problem = `anchors are used more than ${aliasesMax} times, or contain themselves`;
    return { ok: false, problems: [located({ offset: 0, problem }, lines)] };
  }
}

interface Fault {
  readonly offset: number;
  readonly problem: string;
}

const located = ({ offset, problem }: Fault, lines: LineCounter): Place & Problem => ({
  ...placeAt(offset, lines),
  path: [],
  problem,
});

function placeAt(offset: number, lines: LineCounter): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function syntaxFaults(document: Document.Parsed): Fault[] {
  const complaints = [...document.errors, ...document.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')];
  const faults = complaints.map(({ code, pos, message }): Fault => {
    if (code === 'RESOURCE_EXHAUSTION') return { offset: 0, problem: tooDeep };
    if (code === 'MULTIPLE_DOCS')
      return { offset: pos[0], problem: 'a second document begins here: expected only one' };
    if (code === 'TAB_AS_INDENT') return { offset: pos[0], problem: 'indented by a tab: expected spaces' };
    return { offset: pos[0], problem: `cannot be read as YAML: ${oneLine(message)}` };
  });
  const deep = faults.find(({ problem }) => problem === tooDeep);
  return deep === undefined ? faults.sort((a, b) => a.offset - b.offset).slice(0, syntaxProblemsMax) : [deep];
}

/** A parser's message may quote what it stumbled over, line ends and escape codes included. */
const oneLine = (message: string): string =>
  message
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .slice(0, 200)
    .trim();

const tooDeep = `nested more than ${depthMax} levels deep`;

/** What YAML allows and no configuration can mean. On the way, numbers that would lose their form become text. */
function faultsOf(document: Document.Parsed, lines: LineCounter): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Node(_, node, ancestors) {
      if (ancestors.filter(isCollection).length >= depthMax) {
        faults.push(faultAt(node, tooDeep));
        return visit.BREAK;
      }
      if (isMap(node)) faults.push(...keyFaults(node, lines));
      if (isAlias(node)) {
        if (node.resolve(document) === undefined)
          faults.push(faultAt(node, `no anchor ${quoted(node.source)} before this`));
      } else if (node.tag !== undefined) faults.push(faultAt(node, `has the tag ${quoted(node.tag)}: expected none`));
      if (isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'boolean'))
        if (node.source !== String(node.value)) node.value = node.source;
      return undefined;
    },
  });
  return faults;
}

const faultAt = (node: Node, problem: string): Fault => ({ offset: node.range?.[0] ?? 0, problem });

function keyFaults(map: YAMLMap, lines: LineCounter): Fault[] {
  const seen = new Map<string, number>();
  return map.items.flatMap(({ key }) => {
    const name = keyOf(key);
    if (name === undefined) return [faultAt(key as Node, 'a key that is not a word: expected text')];
    const first = seen.get(name);
    if (first !== undefined)
      return [faultAt(key as Node, `${quoted(name)} is given twice: first in line ${placeAt(first, lines).line}`)];
    seen.set(name, (key as Node).range?.[0] ?? 0);
    return [];
  });
}

/** As it is written: `007` and `7` are two keys. */
function keyOf(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  return typeof key.value === 'string' ? key.value : key.source;
}

function placesOf(document: Document.Parsed, lines: LineCounter): Tree['placeOf'] {
  // Looking each key up by going through its map takes minutes for a large file.
  const pairs = new Map<unknown, ReadonlyMap<unknown, Pair>>();
  const pairAt = (map: YAMLMap, part: unknown): Pair | undefined => {
    const known = pairs.get(map) ?? new Map(map.items.map((pair) => [keyOf(pair.key), pair]));
    pairs.set(map, known);
    return known.get(part);
  };
  return (path) => {
    let node: unknown = document.contents;
    let offset = document.contents?.range[0] ?? 0;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(document);
      const pair = isMap(node) ? pairAt(node, part) : undefined;
      const child = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.key;
      if (!isNode(child)) break;
      offset = child.range?.[0] ?? offset;
      node = pair === undefined ? child : pair.value;
    }
    return placeAt(offset, lines);
  };
}
