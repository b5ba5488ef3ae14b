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
  files(release, { takenPort }) {
    if (release.kind !== 'port-taken') return filesOf(application, release);
    const good = filesOf(application, { ...release, kind: 'good' });
    return good && { ...good, 'puma.rb': `${good['puma.rb'] ?? ''}bind 'tcp://127.0.0.1:${takenPort}'\n` };
  },
};
