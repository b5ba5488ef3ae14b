/** The notices that the licences of bundled packages ask for. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** The package that a file belongs to: packages may lie in packages. */
const packageDir = /^(?<dir>.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** Notes the packages of every build that it is part of, and after each writes the notices of all so far. */
export function thirdPartyLicenses(file: string): Plugin {
  const dirs = new Set<string>();
  return {
    name: 'third-party-licenses',
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        for (const { inputs } of Object.values(metafile?.outputs ?? {})) {
          for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
            const dir = packageDir.exec(path)?.groups?.['dir'];
            if (dir !== undefined && bytesInOutput > 0) dirs.add(dir);
          }
        }
        writeFileSync(file, render([...dirs].map(noticeOf)));
      });
    },
  };
}

interface Notice {
  readonly name: string;
  readonly text: string;
}

/** Fails where a package has no licence: it must not be shipped then. */
function noticeOf(dir: string): Notice {
  const { name, version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Readonly<
    Record<'name' | 'version' | 'license', string>
  >;
  const file = readdirSync(dir).find((entry) => /^(?:licen[cs]e|copying)(?:\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`cannot bundle ${name}: it has no licence file`);
  return { name, text: `${name} ${version} (${license})\n\n${readFileSync(join(dir, file), 'utf8').trim()}\n` };
}

function render(notices: readonly Notice[]): string {
  const sorted = notices.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const line = `\n${'-'.repeat(72)}\n\n`;
  return ['borginit contains these packages, whole or in part.\n', ...sorted.map(({ text }) => text)].join(line);
}
