import { join } from 'node:path';
import { example, filesOf, fixtures } from './applications.ts';
import type { RigServer } from './server.ts';

const application = {
  app: 'app.mjs',
  good: join(example, 'app.mjs'),
  config: join(fixtures, 'activated.js'),
};

/** A program that borginit knows nothing about, and that takes its socket from whoever starts it. */
export const activated: RigServer = {
  command: ({ current }) => [process.execPath, join(current, 'activated.js')],
  files: (release) => filesOf(application, release),
};
