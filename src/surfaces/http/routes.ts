import { BorginitError, errors, type ErrorCode } from '../../model/errors.ts';
import type { Upgrade } from '../../model/upgrade.ts';
import type { Supervisor } from '../../supervisor/api.ts';
import { reportHealth } from './health-report.ts';
import { parseOperation } from './operation-request.ts';

/** One answer of the control API, before it is written. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a request asks, beside its path. */
interface Question {
  readonly body: string;
  readonly query: string;
}

/** Hands over to the next supervisor. Resolves before it does so; fails with REQUEST_REFUSED. */
export type StartUpgrade = () => Promise<Upgrade>;

type Route = (supervisor: Supervisor, question: Question, upgrade: StartUpgrade) => Promise<Answer>;

/** Everything that the control API offers. `docs/reference/control-api.md` has a section for each. */
export const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/v1/status': { GET: async (supervisor) => ok(await supervisor.snapshot()) },
  '/v1/history': { GET: (supervisor) => Promise.resolve(ok({ reloads: supervisor.history() })) },
  '/v1/health': {
    GET: async (supervisor) => {
      const report = reportHealth(await supervisor.snapshot());
      return { status: report.healthy ? 200 : 503, body: report };
    },
  },
  '/v1/plan': {
    GET: async (supervisor, { query }) => {
      const asked = [...new URLSearchParams(query)];
      if (asked.some(([key]) => key !== 'service'))
        return failure(400, 'USAGE', 'cannot read query: it takes nothing but service');
      return ok({ plans: await supervisor.plan(...asked.map(([, service]) => service)) });
    },
  },
  '/v1/operations': {
    POST: async (supervisor, { body }) => {
      const verdict = parseOperation(body);
      if (!verdict.ok) return failure(400, 'USAGE', `cannot read operation: ${verdict.problem}`);
      return ok({ results: await supervisor.request(verdict.operation) });
    },
  },
  '/v1/upgrade': { POST: async (_supervisor, _question, upgrade) => ok(await upgrade()) },
};

const ok = (body: unknown): Answer => ({ status: 200, body });

/** An answer that says what went wrong in the registry's words. */
export const failure = (status: number, code: ErrorCode, message: string): Answer => ({
  status,
  body: { error: { code, message, hint: errors[code].hint } },
});

/** Finds the route and asks the supervisor. Never rejects: whatever goes wrong is an answer. */
export async function answer(
  supervisor: Supervisor,
  method: string,
  url: string,
  body: string,
  upgrade: StartUpgrade = noUpgrade,
): Promise<Answer> {
  const [path = '', ...rest] = url.split('?');
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (methods === undefined) return failure(404, 'USAGE', 'cannot find route: this path is not part of the API');
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route === undefined) {
    const allow = Object.keys(methods).join(', ');
    return { ...failure(405, 'USAGE', `cannot use this method on ${path}: it takes ${allow}`), headers: { allow } };
  }
  try {
    return await route(supervisor, { body, query: rest.join('?') }, upgrade);
  } catch (error) {
    if (error instanceof BorginitError) return failure(httpStatus(error.code), error.code, error.message);
    return failure(500, 'INTERNAL', error instanceof Error ? error.message : String(error));
  }
}

const noUpgrade: StartUpgrade = () =>
  Promise.reject(
    new BorginitError(
      'REQUEST_REFUSED',
      'cannot upgrade borginit: it is part of another program, or has no init that would start the next',
    ),
  );

function httpStatus(code: ErrorCode): number {
  if (code === 'REQUEST_REFUSED') return 409;
  if (code === 'SERVICE_UNKNOWN') return 404;
  if (code === 'USAGE') return 400;
  return 500;
}
