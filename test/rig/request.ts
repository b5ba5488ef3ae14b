import { get, type Agent } from 'node:http';
import { askFastCgi } from './fast-cgi.ts';

export interface Answer {
  readonly status: number;
  /** What the X-Revision header says; "none" without one. */
  readonly revision: string;
  readonly body: string;
}

const answersWithinMs = 5_000;

/** The same for a server on a Unix socket. Shape: "unix:/srv/shop/web.sock:/ping" */
const unixUrl = /^unix:(?<socketPath>[^:]+):(?<path>.+)$/;
/** A server that speaks FastCGI, on either. Shape: "fcgi:127.0.0.1:9000:/ping", "fcgi:/srv/shop/web.sock:/ping" */
const fastCgiUrl = /^fcgi:(.+):([^:]+)$/;

/**
 * Sends one GET. Without an agent it takes a connection of its own, so that whoever accepts first answers; a fetch
 * would keep to the process that answered it before.
 *
 * Fails   with the system's error where there is no whole answer within `timeoutMs`
 */
export function request(url: string, agent: Agent | false = false, timeoutMs = answersWithinMs): Promise<Answer> {
  const [, address, target = ''] = fastCgiUrl.exec(url) ?? [];
  if (address !== undefined) return askFastCgi(address, target, AbortSignal.timeout(timeoutMs));
  return new Promise((resolve, reject) => {
    const unix = unixUrl.exec(url)?.groups;
    const options = { ...unix, agent, signal: AbortSignal.timeout(timeoutMs) };
    const sent = get(unix === undefined ? url : 'http://localhost', options, (response) => {
      let body = '';
      response.on('error', reject);
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          revision: String(response.headers['x-revision'] ?? 'none'),
          body,
        });
      });
    });
    sent.on('error', reject);
  });
}
