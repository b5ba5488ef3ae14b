/** What the docs name exists: files, commands, options, keys, codes, scripts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../src/config/parse-config.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { errors } from '../src/model/errors.ts';
import { parseCommandLine } from '../src/surfaces/cli/command-line.ts';
import { commands, type CommandName, type CommandSpec } from '../src/surfaces/cli/commands.ts';

const root = resolve(import.meta.dirname, '..');

interface Doc {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

interface Block {
  readonly language: string;
  readonly code: string;
}

const read = (path: string): Doc => ({ path, text: readFileSync(join(root, path), 'utf8') });

const below = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

const docs = [...readdirSync(root), ...below('docs'), ...below('examples')]
  .filter((path) => path.endsWith('.md'))
  .sort()
  .map(read);

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm;

const blocksOf = ({ text }: Doc, ...languages: readonly string[]): Block[] =>
  [...text.matchAll(fence)]
    .map(([, language = '', code = '']) => ({ language, code }))
    .filter(({ language }) => languages.includes(language));

const proseOf = ({ text }: Doc): string => text.replaceAll(fence, '');

/** Code in a sentence; a span may run over the end of a line. */
const spansOf = (doc: Doc): string[] =>
  [...proseOf(doc).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '));

const complaints = (complain: (doc: Doc) => readonly string[]): string[] =>
  docs.flatMap((doc) => complain(doc).map((problem) => `${doc.path}: ${problem}`));

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (doc: Doc): string[] => [...proseOf(doc).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => slug(text));

function linkProblem(doc: Doc, link: string): string[] {
  const [path = '', anchor] = link.split('#');
  const target = relative(root, path === '' ? join(root, doc.path) : join(root, dirname(doc.path), path));
  if (target.startsWith('..')) return [`${link} leads out of the tree`];
  if (!existsSync(join(root, target))) return [`${link} leads nowhere`];
  if (anchor === undefined || !target.endsWith('.md')) return [];
  return anchorsOf(read(target)).includes(anchor) ? [] : [`${link} names no heading`];
}

/** Every `borginit …` in the docs, as the arguments of a command line. */
function invocationsOf(doc: Doc): string[][] {
  const code = [...spansOf(doc), ...blocksOf(doc, 'sh', 'dockerfile', 'yaml').map((block) => block.code)];
  return code.flatMap((text) => [...typed(text), ...listed(text)]);
}

/** Shape: "borginit history -n 1"; optional parts, in brackets, are taken along. */
const typed = (text: string): string[][] =>
  [...text.replaceAll(/[[\]…]/g, '').matchAll(/(?:^|[$(;&|] *)borginit((?: +[\w.,:/-]+)+)/gm)].map(([, words = '']) =>
    words.trim().split(/ +/),
  );

/** Shape: ["borginit", "healthcheck"] */
const listed = (text: string): string[][] =>
  [...text.matchAll(/\[ *"?borginit"?((?:, *["\w-]+)+) *\]/g)].map(([, words = '']) =>
    words
      .split(',')
      .map((word) => word.replaceAll('"', '').trim())
      .filter((word) => word !== ''),
  );

/** Words that stand for a command, and sentences about borginit. */
const isSpeech = ([first = '']: readonly string[]): boolean => ['COMMAND', 'command', 'is'].includes(first);

function invocationProblem(argv: readonly string[]): string[] {
  if (isSpeech(argv)) return [];
  try {
    parseCommandLine(argv);
    return [];
  } catch (error) {
    return [`borginit ${argv.join(' ')}: ${(error as Error).message}`];
  }
}

/** A whole configuration, or what stands below one service. */
function configProblems({ code }: Block): string[] {
  const value = parse(code) as Readonly<Record<string, unknown>>;
  if ('apiVersion' in value) return [];
  const indented = code.replaceAll(/^(?=.)/gm, '    ');
  const whole = 'services' in value ? code : `services:\n  web:\n${indented}`;
  const result = parseConfig(whole, 'block', '/');
  return result.ok ? [] : result.issues.map(({ path, problem }) => `${path}: ${problem}`);
}

describe('the docs', () => {
  it('are there', () => {
    expect(docs.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['README.md', 'docs/tutorial/first-reload.md', 'examples/02-embedded/README.md']),
    );
  });

  it('have only links that lead somewhere', () => {
    const links = (doc: Doc): string[] =>
      [...proseOf(doc).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^\w+:/.test(link));
    expect(docs.flatMap(links).length).toBeGreaterThan(20);
    expect(complaints((doc) => links(doc).flatMap((link) => linkProblem(doc, link)))).toEqual([]);
  });

  it('name only commands and options that there are', () => {
    expect(docs.flatMap(invocationsOf).length).toBeGreaterThan(40);
    expect(complaints((doc) => invocationsOf(doc).flatMap(invocationProblem))).toEqual([]);
  });

  it('have only configurations that could be run', () => {
    expect(docs.flatMap((doc) => blocksOf(doc, 'yaml')).length).toBeGreaterThan(5);
    expect(complaints((doc) => blocksOf(doc, 'yaml').flatMap(configProblems))).toEqual([]);
    expect(loadConfig(join(root, 'examples/01-unicorn/borginit.yaml')).name).toBe('shopify-unicorn');
  });

  it('name only files that there are', () => {
    const named = /(?<![\w./<-])(?:bench|bin|docs|examples|scripts|src|test)\/[\w./-]*\w/g;
    const missing = (doc: Doc): string[] =>
      (doc.text.match(named) ?? []).filter((path) => !existsSync(join(root, path)));
    expect(complaints(missing)).toEqual([]);
  });

  it('name only error codes that there are', () => {
    const families = Object.keys(errors).flatMap((code) => (code.includes('_') ? [code.split('_')[0] ?? ''] : []));
    const alike = new RegExp(`\\b(?:${[...new Set(families)].join('|')})_[A-Z_]+\\b`, 'g');
    const ours = /^BORGINIT_/;
    const unknown = (doc: Doc): string[] =>
      (doc.text.match(alike) ?? []).filter((code) => !ours.test(code) && !Object.hasOwn(errors, code));
    expect(complaints(unknown)).toEqual([]);
  });

  it('name only environment variables and scripts that there are', () => {
    const source = below('src')
      .filter((path) => /\.(?:ts|c)$/.test(path))
      .map((path) => read(path).text)
      .join('\n');
    const { scripts } = JSON.parse(read('package.json').text) as { scripts: Readonly<Record<string, string>> };
    const unknown = (doc: Doc): string[] => [
      ...(doc.text.match(/\bBORGINIT_[A-Z_]*[A-Z]\b/g) ?? []).filter((name) => !source.includes(name)),
      ...[...doc.text.matchAll(/\bnpm run ([\w:-]+)/g)]
        .map(([, name = '']) => name)
        .filter((name) => !(name in scripts)),
    ];
    expect(complaints(unknown)).toEqual([]);
  });
});

describe('docs/reference/command-line.md', () => {
  const sections = new Map(
    read('docs/reference/command-line.md')
      .text.split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n')[0] ?? '', section]),
  );

  it.each(Object.keys(commands) as CommandName[])('describes %s and each of its options', (name) => {
    const section = sections.get(name) ?? '';
    expect(section).toContain(`\`borginit ${name}`);
    const options = Object.entries((commands[name] as CommandSpec).options);
    const spellings = options.flatMap(([option, { short }]) => [
      `--${option}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ]);
    expect(spellings.filter((spelling) => !section.includes(spelling))).toEqual([]);
  });

  it('describes nothing else', () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(commands).sort());
  });
});
