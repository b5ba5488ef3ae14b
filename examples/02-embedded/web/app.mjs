/** The service that is reloaded: says which generation of it answers. */
const startedAt = new Date().toISOString();

export default function app(request, response) {
  response.end(request.url === '/ping' ? 'pong\n' : `serving since ${startedAt}\n`);
}
