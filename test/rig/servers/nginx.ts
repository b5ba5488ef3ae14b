import { join } from 'node:path';
import { configuration } from './configurations.ts';
import type { Place, Release, RigServer } from './server.ts';

/** nginx, which answers by itself. */
export const nginx: RigServer = {
  // Without -e it opens the log of Debian's own configuration before it reads this one.
  command: ({ path, current }) => [
    'nginx',
    ...['-e', 'stderr', '-p', path, '-c', join(current, 'nginx.conf'), '-g', 'daemon off;'],
  ],
  files: configuration('nginx.conf', {
    good: (release, place) => config(release, place, 200),
    'answers-500': (release, place) => config(release, place, 500),
    'raises-at-boot': () => 'no_such_directive;\n',
    'port-taken': (release, place) => config(release, place, 200, `listen 127.0.0.1:${place.takenPort};`),
  }),
};

const config = (
  { revision }: Release,
  { path, pidFile, address, workers }: Place,
  status: number,
  more = '',
): string => `\
# The home is closed to others.
user root;
worker_processes ${workers};
pid ${pidFile};
error_log stderr notice;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${path}/temp-client-body;
  proxy_temp_path ${path}/temp-proxy;
  fastcgi_temp_path ${path}/temp-fastcgi;
  uwsgi_temp_path ${path}/temp-uwsgi;
  scgi_temp_path ${path}/temp-scgi;
  server {
    listen ${address.startsWith('/') ? `unix:${address}` : address};
    ${more}
    add_header X-Revision ${revision} always;
    add_header X-Worker $pid always;
    default_type text/plain;
    location / { return ${status} "revision ${revision}, worker $pid\\n"; }
    # So many bytes a second, the first two seconds' worth at once: about two seconds, whatever is asked for.
    location = /slow { limit_rate 1k; return 200 "revision ${revision}${'.'.repeat(2_700)}\\n"; }
  }
}
`;
