import { join } from 'node:path';
import { example, filesOf, fixtures } from './applications.ts';
import type { RigServer } from './server.ts';

const application = {
  app: 'config.ru',
  good: join(example, 'config.ru'),
  config: join(fixtures, 'puma.rb'),
};

/** puma with workers: its "cluster mode". */
export const puma: RigServer = {
  command: ({ current }) => ['puma', '-C', join(current, 'puma.rb')],
  files: (release) => filesOf(application, release),
};
