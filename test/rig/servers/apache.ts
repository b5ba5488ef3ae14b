import { join } from 'node:path';
import { configuration } from './configurations.ts';
import type { Place, Release, RigServer } from './server.ts';

/** apache with its event workers, which answers by itself. */
export const apache: RigServer = {
  command: ({ current }) => ['apache2', '-D', 'FOREGROUND', '-f', join(current, 'apache.conf')],
  files: configuration('apache.conf', {
    good: (release, place) => config(release, place, 200),
    'answers-500': (release, place) => config(release, place, 500),
    'raises-at-boot': () => 'NoSuchDirective\n',
    'port-taken': (release, place) => `${config(release, place, 200)}Listen 127.0.0.1:${place.takenPort}\n`,
  }),
};

const threads = 8;

// Its errors go to a file: it cannot open a standard error that is a socket, as the tests' is.
const config = ({ revision }: Release, { path, pidFile, port, workers }: Place, status: number): string => `\
ServerRoot ${path}
ServerName localhost
DefaultRuntimeDir ${path}
PidFile ${pidFile}
ErrorLog ${join(path, 'apache.log')}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
User www-data
Group www-data
# As many children as workers, whatever the load, and room for those that drain.
StartServers ${workers}
ThreadsPerChild ${threads}
MaxRequestWorkers ${workers * threads}
MinSpareThreads 1
MaxSpareThreads ${workers * threads}
ServerLimit ${workers * 2}
Listen 127.0.0.1:${port}
Header always set X-Revision ${revision}
ErrorDocument ${status} "revision ${revision}
Redirect ${status} /
`;
