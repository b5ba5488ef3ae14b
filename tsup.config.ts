import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';

import { defineConfig, type Options } from 'tsup';

import { thirdPartyLicenses } from './scripts/third-party-licenses.ts';

/** What pino needs for worker threads and files; our records go to a sink of our own. A third of its size. */
const unusedByPino =
  /node_modules\/(thread-stream\/|sonic-boom\/|on-exit-leak-free\/|pino\/lib\/(transport|multistream)\.js)/;

const withoutUnused: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'without-unused',
  setup(build) {
    build.onLoad({ filter: unusedByPino }, () => ({ contents: 'module.exports = function unused() {};' }));
  },
};

/** Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have. */
const requireForCommonJs =
  "import{createRequire as borginitRequire}from'node:module';const require=borginitRequire(import.meta.url);";

const common: Options = {
  target: 'node22',
  platform: 'node',
  outDir: 'dist',
  silent: true,
  // Nothing is installed beside the package.
  noExternal: [/.*/],
  esbuildPlugins: [withoutUnused, thirdPartyLicenses('dist/THIRD-PARTY-LICENSES.txt')],
};

const library: Options = {
  ...common,
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  // One file, whatever is imported late: the other build cleans the folder meanwhile.
  splitting: false,
  dts: true,
  clean: false,
  // `import.meta.url` for CommonJS too.
  shims: true,
  banner: ({ format }) => (format === 'esm' ? { js: requireForCommonJs } : {}),
};

const commandLine: Options = {
  ...common,
  entry: { cli: 'src/surfaces/cli/entry.ts' },
  format: 'esm',
  // Each command is a chunk of its own, loaded when it is run.
  splitting: true,
  // Chunks are named by their content, so that those of earlier builds would stay; the rest is not this build's.
  clean: ['!ppidshim', '!index.*', '!*.json'],
  onSuccess: () => copyFile('src/surfaces/http/status.schema.json', 'dist/status.schema.json'),
  minify: true,
  banner: { js: requireForCommonJs },
};

export default defineConfig([...(existsSync('src/index.ts') ? [library] : []), commandLine]);
