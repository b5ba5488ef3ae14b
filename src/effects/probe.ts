import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Verdict } from '../model/probe.ts';
import { revisionMaxLength, type Millis, type Revision } from '../model/identity.ts';
import { describeOutcome } from '../model/outcome.ts';
import type { Address, ProbeSpec } from '../model/spec.ts';
import { runCommand } from './command.ts';
import { monotonicNow } from './clock.ts';
import { hasWord } from './word.ts';

/** An import of its names would have Node load all of them, WebSocket's 10 MB of fetch among them. */
const { request } = process.getBuiltinModule('node:http');

type HttpProbe = Extract<ProbeSpec, { kind: 'http' }>;

/** One limit for all answers, in the two forms that the ways of asking need. */
interface Limit {
  readonly deadline: Millis;
  readonly signal: AbortSignal;
}

const passed: Verdict = { kind: 'passed' };

/** As much of a body as is worth waiting for: what it is to name, it names by then. */
const bodyMaxBytes = 64 * 1_024;

/**
 * Asks `times` times, one after the other, within `timeoutMs` altogether. An answer that names another revision than the
 * one given is a bad one. The first bad answer is the verdict; never rejects.
 */
export async function runProbe(
  spec: ProbeSpec,
  timeoutMs: number,
  times: number,
  revision?: Revision,
): Promise<Verdict> {
  const limit: Limit = { deadline: monotonicNow() + timeoutMs, signal: AbortSignal.timeout(timeoutMs) };
  for (let answers = 0; answers < times; answers += 1) {
    const verdict = await probeOnce(spec, limit, revision);
    if (verdict.kind === 'silent' && limit.signal.aborted) return late(spec, timeoutMs);
    if (verdict.kind !== 'passed') return verdict;
  }
  return passed;
}

const late = (spec: ProbeSpec, timeoutMs: number): Verdict => ({
  kind: 'silent',
  problem: `gave no answer to ${describe(spec)} within ${timeoutMs} ms`,
});

function describe(spec: ProbeSpec): string {
  switch (spec.kind) {
    case 'http':
      return `GET ${spec.path}`;
    case 'tcp':
      return `a connection to ${describeAddress(spec.address)}`;
    case 'exec':
      return spec.command.join(' ');
  }
}

const describeAddress = (address: Address): string =>
  address.kind === 'unix' ? address.path : `${address.host}:${address.port}`;

function probeOnce(spec: ProbeSpec, { deadline, signal }: Limit, revision: Revision | undefined): Promise<Verdict> {
  switch (spec.kind) {
    case 'http':
      return probeHttp(spec, signal, revision);
    case 'tcp':
      return probeTcp(spec.address, signal);
    case 'exec':
      return probeExec(spec, Math.max(1, deadline - monotonicNow()));
  }
}

/** 200 to 399 pass, as in a kubelet. */
async function probeHttp(spec: HttpProbe, signal: AbortSignal, revision: Revision | undefined): Promise<Verdict> {
  const { address, path, host } = spec;
  const target = address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const headers = { host, connection: 'close', 'user-agent': 'borginit' };
  try {
    const asked = request({ ...target, path, headers, agent: false, signal });
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const status = response.statusCode ?? 0;
    const isGood = status >= 200 && status <= 399;
    const body = isGood ? await readBody(response) : '';
    // An answer that is broken off after this is nobody's concern any more.
    asked.on('error', () => undefined).destroy();
    return isGood
      ? judgeRevision(spec, response.headers, body, revision)
      : refused(`answered ${status} to GET ${path}`);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code.startsWith('HPE_')) return refused(`answered GET ${path} with what is not HTTP`);
    return silent(address, code);
  }
}

const refused = (problem: string): Verdict => ({ kind: 'refused', problem });

/** Whoever serves well may still be another release than the one that was asked for. */
function judgeRevision(
  { revisionIn, path }: HttpProbe,
  headers: IncomingHttpHeaders,
  body: string,
  expected: Revision | undefined,
): Verdict {
  if (revisionIn === undefined || expected === undefined) return passed;
  if (revisionIn.kind === 'body')
    return hasWord(body, expected) ? passed : refused(`answered GET ${path} without naming "${expected}"`);
  const { name } = revisionIn;
  const found = headers[name.toLowerCase()];
  if (found === expected) return passed;
  const named =
    found === undefined ? `no ${name}` : `${name} ${JSON.stringify(String(found).slice(0, revisionMaxLength))}`;
  return refused(`answered with ${named}, expected "${expected}"`);
}

/** Its beginning, where it is longer than anybody waits for. */
async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > bodyMaxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bodyMaxBytes).toString();
}

const silent = (address: Address, code: string): Verdict => ({
  kind: 'silent',
  problem: `gave no answer at ${describeAddress(address)} (${code})`,
});

async function probeTcp(address: Address, signal: AbortSignal): Promise<Verdict> {
  const socket = connect(address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port });
  try {
    await once(socket, 'connect', { signal });
    return passed;
  } catch (error) {
    return silent(address, (error as NodeJS.ErrnoException).code ?? 'unknown error');
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

async function probeExec(spec: Extract<ProbeSpec, { kind: 'exec' }>, timeoutMs: number): Promise<Verdict> {
  const { outcome, timedOut } = await runCommand({
    ...{ command: spec.command, timeoutMs, output: 'discard' },
    env: { ...ownEnvironment(), ...spec.env },
  });
  if (timedOut) return { kind: 'silent', problem: `${describe(spec)} did not end in time` };
  if (outcome.kind === 'exited' && outcome.code === 0) return passed;
  return refused(`${describe(spec)} ${describeOutcome(outcome)}`);
}
