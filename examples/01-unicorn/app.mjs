/** What config.ru does, for prefork.js. */
import { readFileSync } from 'node:fs';

// Read once, when the release is loaded: what a worker answers is what it runs, whatever `current` points to by now.
const revision = readFileSync(new URL('REVISION', import.meta.url), 'utf8').trim();

function answer(response, text) {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'X-Revision': revision, 'X-Worker': String(process.pid) });
  response.end(text);
}

export default function app(request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/ping') return answer(response, 'pong\n');
  const delayMs = url.pathname === '/slow' ? Number(url.searchParams.get('ms') ?? 1000) : 0;
  const text = `revision ${revision}, worker ${process.pid}\n`;
  if (delayMs === 0) return answer(response, text);
  setTimeout(() => answer(response, text), delayMs);
}
