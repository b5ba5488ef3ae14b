import { join } from 'node:path';
import { configuration } from './configurations.ts';
import type { Place, Release, RigServer } from './server.ts';

/** haproxy with a master and one worker, which answers by itself. */
export const haproxy: RigServer = {
  command: ({ current, pidFile }) => ['haproxy', '-W', '-f', join(current, 'haproxy.cfg'), '-p', pidFile],
  files: configuration('haproxy.cfg', {
    good: (release, place) => config(release, place, 200),
    'answers-500': (release, place) => config(release, place, 500),
    'raises-at-boot': () => 'no-such-section\n',
    'port-taken': (release, place) => config(release, place, 200, `bind 127.0.0.1:${place.takenPort}`),
  }),
};

const config = ({ revision }: Release, { port }: Place, status: number, more = ''): string => `\
global
  log stderr format raw local0 notice
defaults
  mode http
  timeout client 10s
  timeout connect 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:${port}
  ${more}
  http-request return status ${status} content-type text/plain hdr X-Revision ${revision} lf-string "revision ${revision}, worker %pid\\n"
`;
