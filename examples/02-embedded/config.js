/** What both programs run: a pre-fork server that can be reloaded, and a process that cannot. */
import { join } from 'node:path';

const here = import.meta.dirname;
const port = Number(process.env.PORT ?? 8002);

/** @type {import('borginit').ConfigInput} */
export const config = {
  name: 'embedded',
  services: {
    web: {
      command: [process.execPath, join(here, '../01-unicorn/prefork.js'), '-c', join(here, 'web/prefork.json')],
      env: { APP: join(here, 'web'), LISTEN: `127.0.0.1:${port}` },
      server: 'unicorn',
      health: { http: '/ping', port, interval: '1s', timeout: '1s' },
      reload: { soak: '500ms' },
    },
    clock: { command: [process.execPath, join(here, 'clock.js')] },
  },
};
