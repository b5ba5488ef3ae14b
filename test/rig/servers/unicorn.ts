import { join } from 'node:path';
import { example, filesOf } from './applications.ts';
import type { RigServer } from './server.ts';

const application = {
  app: 'config.ru',
  good: join(example, 'config.ru'),
  config: join(example, 'unicorn.conf.rb'),
};

export const unicorn: RigServer = {
  command: ({ current }) => ['unicorn', '-c', join(current, 'unicorn.conf.rb')],
  files: (release) => filesOf(application, release),
};
