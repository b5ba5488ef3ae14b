import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configuration } from './configurations.ts';
import { frontScript } from '../fast-cgi.ts';
import type { Place, Release, RigServer } from './server.ts';

const binaries = '/usr/sbin';
const fixtures = join(import.meta.dirname, '../../fixtures/servers/php-fpm');

export const phpFpm: RigServer = {
  // -R: as root, since the home is closed to others. -O: what it says goes to stderr too.
  command: ({ current }) => [binary(), '-F', '-R', '-O', '-y', join(current, 'php-fpm.conf')],
  health: (place) => ({ exec: ['sh', join(fixtures, 'ask.sh'), place.address, frontScript] }),
  protocol: 'fcgi',
  files: configuration('php-fpm.conf', {
    good: (release, place) => config(release, place, 200),
    'answers-500': (release, place) => config(release, place, 500),
    'raises-at-boot': () => '[global]\nno_such_directive = 1\n',
    'port-taken': (release, place) =>
      `${config(release, place, 200)}[second]\nlisten = 127.0.0.1:${place.takenPort}\n${pool(place)}`,
  }),
};

/** Its name carries PHP's version. */
function binary(): string {
  const name = readdirSync(binaries).find((file) => /^php-fpm[\d.]*$/.test(file));
  if (name === undefined) throw new Error('cannot find php-fpm: install php-fpm');
  return join(binaries, name);
}

// A script's path is looked up at each request, and `current` moves before the reload: what a pool got as it started
// is all that says which release it serves.
const config = ({ revision }: Release, place: Place, status: number): string => `\
[global]
pid = ${place.pidFile}
error_log = ${join(place.path, 'php-fpm.log')}
; By default 0: then a reload cuts the requests in flight.
process_control_timeout = 10s
[www]
listen = ${place.address}
env[REVISION] = ${revision}
env[STATUS] = ${status}
${pool(place)}`;

const pool = ({ workers }: Place): string => `\
user = root
group = root
pm = static
pm.max_children = ${workers}
ping.path = /ping
`;
