import { join } from 'node:path';
import { filesOf, fixtures } from './applications.ts';
import type { RigServer } from './server.ts';

const application = {
  app: 'app.py',
  good: join(fixtures, 'good.py'),
  config: join(fixtures, 'uwsgi.ini'),
};

/** Without preload, each worker loads the application by itself: `lazy-apps`. */
export const uwsgi: RigServer = {
  command: ({ current, preload }) => [
    'uwsgi',
    ...(preload ? [] : ['--lazy-apps']),
    '--ini',
    join(current, 'uwsgi.ini'),
  ],
  files: (release) => filesOf(application, release),
};
