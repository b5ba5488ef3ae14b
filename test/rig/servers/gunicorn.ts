import { join } from 'node:path';
import { filesOf, fixtures } from './applications.ts';
import type { RigServer } from './server.ts';

const application = {
  app: 'app.py',
  good: join(fixtures, 'good.py'),
  config: join(fixtures, 'gunicorn.conf.py'),
};

export const gunicorn: RigServer = {
  command: ({ current }) => ['gunicorn', '-c', join(current, 'gunicorn.conf.py'), 'app:app'],
  files: (release) => filesOf(application, release),
};
