import { join } from 'node:path';
import { example, filesOf } from './applications.ts';
import type { RigServer } from './server.ts';

const application = {
  app: 'app.mjs',
  good: join(example, 'app.mjs'),
  config: join(example, 'prefork.json'),
};

/** What stands in for unicorn where there is none. */
export const standIn: RigServer = {
  command: ({ current }) => [process.execPath, join(example, 'prefork.js'), '-c', join(current, 'prefork.json')],
  files: (release) => filesOf(application, release),
};
