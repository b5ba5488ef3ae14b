import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Answer } from '../request.ts';
import type { Place } from './server.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/servers/php-fpm');
const timeout = 5_000;

/** The command that asks for `front.php` as a web server would. Fails where the answer is none, or 400 or above. */
export const askCommand = ({ port }: Pick<Place, 'port'>, query = ''): readonly [string, ...string[]] => [
  'sh',
  join(fixtures, 'ask.sh'),
  `127.0.0.1:${port}`,
  join(fixtures, 'front.php'),
  ...(query === '' ? [] : [query]),
];

/** Fails with what the command says where there is no whole answer within 5 s. */
export function askFastCgi(place: Place, target: string): Promise<Answer> {
  const { search } = new URL(target, 'http://localhost');
  const [file, ...args] = askCommand(place, search.slice(1));
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout }, (error, stdout, stderr) => {
      const [head = '', ...body] = stdout.replaceAll('\r', '').split('\n\n');
      if (head !== '') resolve({ ...headersOf(head), body: body.join('\n\n') });
      else reject(new Error(`no answer from php-fpm: ${stderr.trim()}`, { cause: error }));
    });
  });
}

/** Without a status line, a CGI answer is well. */
const headersOf = (head: string): Pick<Answer, 'status' | 'revision'> => ({
  status: Number(/^Status: (\d+)/m.exec(head)?.[1] ?? 200),
  revision: /^X-Revision: (\S+)/m.exec(head)?.[1] ?? 'none',
});
