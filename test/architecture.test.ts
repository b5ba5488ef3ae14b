/** The rules about the tree: who may import what, and what stands where. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface SourceFile {
  /** From the root. Shape: "src/model/signal.ts" */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
  /** Whether anything of it is left when its types are taken away. */
  readonly hasCode: boolean;
}

const filesBelow = (folder: string, ending: RegExp): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => ending.test(name))
        .map((name) => join(folder, name))
        .sort()
    : [];

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
      imports.push((node.moduleSpecifier as ts.StringLiteral).text);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && ts.isStringLiteral(specifier)) imports.push(specifier.text);
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal))
      imports.push(node.argument.literal.text);
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  const isType = (node: ts.Statement): boolean =>
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    (ts.isVariableStatement(node) && (node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword));
  return { path, text, imports, hasCode: !parsed.statements.every(isType) };
}

const sources = filesBelow('src', /\.ts$/).map(readSource);
const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const target = (from: string, specifier: string): string => relative(root, resolve(root, dirname(from), specifier));

/** The folder right below src, or the file's own name where it stands in src itself. */
const layerOf = (path: string): string => path.split('/')[1]?.replace(/\.ts$/, '') ?? '';

/** Who may import whom besides itself. */
const layers: Readonly<Record<string, readonly string[]>> = {
  model: [],
  servers: ['model'],
  machine: ['model', 'servers'],
  config: ['model', 'servers'],
  shim: ['model'],
  effects: ['model', 'shim'],
  supervisor: ['model', 'machine', 'servers', 'shim', 'effects'],
  surfaces: ['model', 'config', 'supervisor'],
  index: ['model', 'config', 'supervisor', 'surfaces'],
};

const complaints = (files: readonly SourceFile[], complain: (file: SourceFile) => readonly string[]): string[] =>
  files.flatMap((file) => complain(file).map((problem) => `${file.path}: ${problem}`));

const below = (...names: readonly string[]): SourceFile[] =>
  sources.filter(({ path }) => names.includes(layerOf(path)));

/** The source without its comments. */
const codeOf = ({ text }: SourceFile): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

describe('imports', () => {
  it('go from layer to layer as the table says', () => {
    const wrong = complaints(sources, ({ path, imports }) => {
      const from = layerOf(path);
      const allowed = [from, ...(layers[from] ?? [])];
      if (layers[from] === undefined) return [`"${from}" is no layer`];
      return imports
        .filter(isRelative)
        .map((specifier) => target(path, specifier))
        .filter((to) => !allowed.includes(layerOf(to)))
        .map((to) => `imports ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it('form no cycle, those of types included', () => {
    const edges = new Map(
      sources.map(({ path, imports }) => [
        path,
        imports.filter(isRelative).map((specifier) => target(path, specifier)),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (trail.includes(path) || done.has(path)) return;
      for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const path of edges.keys()) walk(path, []);
    expect(cycles).toEqual([]);
  });

  it('of a package stand in one file', () => {
    const users = new Map<string, string[]>();
    for (const { path, imports } of sources) {
      for (const specifier of new Set(imports)) {
        if (isRelative(specifier) || specifier.startsWith('node:')) continue;
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        users.set(name, [...(users.get(name) ?? []), path]);
      }
    }
    expect([...users].filter(([, files]) => files.length > 1)).toEqual([]);
  });
});

describe('the pure layers', () => {
  it('have no clock, no chance, no process and nothing to wait for', () => {
    const impure =
      /\bfrom 'node:|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.(?!pid\b|kind\b|state\b)\w+\(|\bset(?:Timeout|Interval|Immediate)\b|\basync\b|\bawait\b|\bPromise\b|\bperformance\b/g;
    const wrong = complaints(below('model', 'servers', 'machine'), (file) => codeOf(file).match(impure) ?? []);
    expect(wrong).toEqual([]);
  });

  it('import no package', () => {
    const wrong = complaints(below('model', 'servers', 'machine'), ({ imports }) =>
      imports.filter((specifier) => !isRelative(specifier)),
    );
    expect(wrong).toEqual([]);
  });
});

it('the effects know no policy', () => {
  const wrong = complaints(
    below('effects'),
    (file) => codeOf(file).match(/\b(?:restart|backoff|giveUp|stopTimeout)(?:Ms)?\b/gi) ?? [],
  );
  expect(wrong).toEqual([]);
});

describe('files', () => {
  it('are short', () => {
    const wrong = complaints(sources, ({ text }) => {
      const lines = text.trimEnd().split('\n').length;
      return lines > 250 ? [`${lines} lines`] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('are named as what they hold, in kebab case, and never as a drawer for the rest', () => {
    const wrong = complaints(sources, ({ path }) => {
      const name = path.split('/').at(-1) ?? '';
      const isFit = /^[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(name) && !/\b(?:utils?|helpers?|common|misc)\b/.test(path);
      return isFit ? [] : ['is no name'];
    });
    expect(wrong).toEqual([]);
  });

  it('have no catch that is empty and says not why', () => {
    const wrong = complaints(sources, ({ text }) => text.match(/catch\s*(?:\([^)]*\)\s*)?\{\s*\}/g) ?? []);
    expect(wrong).toEqual([]);
  });
});

/** Words of other programs for what has a name here; each is wrong as a whole word, whatever is meant by it. */
const foreignWords = [
  'daemon',
  'daemons',
  'defunct',
  'god',
  'helper',
  'helpers',
  'incarnation',
  'incarnations',
  'launcher',
  'murder',
  'quiesce',
  'quiesces',
  'reexec-child',
  'respawn',
  'respawned',
  'respawning',
  'respawns',
  'revive',
  'revives',
  'terminate',
  'terminates',
];

it('one thing has one name: no word of another program stands in code or docs', () => {
  const pattern = new RegExp(`(?<![\\w-])(?:${foreignWords.join('|')})(?![\\w-])`, 'gi');
  const texts = [
    ...filesBelow('src', /\.(?:ts|c)$/),
    ...filesBelow('docs', /\.md$/),
    ...filesBelow('examples', /\.(?:js|md)$/),
  ].map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
    imports: [],
    hasCode: false,
  }));
  expect(complaints(texts, ({ text }) => text.match(pattern) ?? [])).toEqual([]);
});

/** Source files without a twin: data, or joints between the program and real processes; and the test that drives each. */
const exempt: Readonly<Record<string, string>> = {
  'src/servers/none.ts': 'test/servers/profiles.test.ts',
  'src/supervisor/create-supervisor.ts': 'test/integration/supervisor-crash.test.ts',
  'src/supervisor/engine.ts': 'test/integration/supervisor-crash.test.ts',
  'src/supervisor/supervisor.ts': 'test/integration/reload.test.ts',
  'src/surfaces/library/become-init.ts': 'test/integration/library.test.ts',
  'src/surfaces/library/create-supervisor.ts': 'test/integration/library.test.ts',
  'src/surfaces/cli/commands.ts': 'test/surfaces/cli/main.test.ts',
  'src/surfaces/cli/control.ts': 'test/surfaces/cli/main.test.ts',
  'src/surfaces/cli/failure.ts': 'test/surfaces/cli/main.test.ts',
  'src/surfaces/cli/healthcheck.ts': 'test/surfaces/cli/main.test.ts',
  'src/surfaces/cli/history.ts': 'test/surfaces/cli/main.test.ts',
  'src/surfaces/cli/operate.ts': 'test/surfaces/cli/main.test.ts',
  'src/surfaces/cli/status.ts': 'test/surfaces/cli/main.test.ts',
  'src/machine/going.ts': 'test/machine/stopping.test.ts',
  'src/supervisor/init.ts': 'test/container/exit-codes.test.ts',
  'src/supervisor/instance-hand.ts': 'test/integration/reload.test.ts',
  'src/supervisor/leftover.ts': 'test/integration/lost-shim.test.ts',
  'src/supervisor/process-hands.ts': 'test/integration/reload.test.ts',
  'src/supervisor/shim-link.ts': 'test/integration/supervisor-crash.test.ts',
  'src/supervisor/strays.ts': 'test/integration/lost-shim.test.ts',
  'src/surfaces/cli/entry.ts': 'test/integration/surfaces-command-line.test.ts',
  'src/surfaces/cli/run.ts': 'test/container/exit-codes.test.ts',
  'src/surfaces/cli/supervise.ts': 'test/container/exit-codes.test.ts',
  'src/surfaces/cli/world.ts': 'test/integration/surfaces-command-line.test.ts',
  'src/surfaces/log/process-logger.ts': 'test/integration/surfaces-command-line.test.ts',
};

describe('tests', () => {
  const tests = filesBelow('test', /\.test\.ts$/);

  it('exist for every source file with code', () => {
    const wrong = sources
      .filter(({ path, hasCode }) => hasCode && !Object.hasOwn(exempt, path))
      .map(({ path }) => path.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts'))
      .filter((twin) => !tests.includes(twin));
    expect(wrong).toEqual([]);
  });

  it('are exempt only where there is something to exempt', () => {
    expect(
      Object.entries(exempt)
        .flat()
        .filter((path) => !existsSync(join(root, path))),
    ).toEqual([]);
  });

  it('are all run', () => {
    const skipping = /\b(?:it|test|describe)(?:\.\w+)*\.(?:only|skip|todo|fails)\b/;
    expect(tests.filter((path) => skipping.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });

  it('do not sleep where there is no process', () => {
    const sleeping = /\bsetTimeout\b|\bsleep\(/;
    const unit = tests.filter((path) => /^test\/(?:machine|model|servers|config)\//.test(path));
    expect(unit.filter((path) => sleeping.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });
});
