import type { Address, HealthSpec, ProbeSpec, RevisionPlace } from '../model/spec.ts';
import { defaults } from './defaults.ts';
import type { HealthShape } from './schema.ts';

/** The spec of a health check in which nothing contradicts itself. */
export const healthSpec = (health: HealthShape): HealthSpec => ({
  probe: probeSpec(health),
  intervalMs: health.interval,
  timeoutMs: health.timeout,
  retries: health.retries,
  startPeriodMs: health.startPeriod,
});

function probeSpec(health: HealthShape): ProbeSpec {
  const { http, tcp, exec, port, socket, host } = health;
  if (exec !== undefined) return { kind: 'exec', command: exec, env: {} };
  if (tcp !== undefined) return { kind: 'tcp', address: tcpAddress(tcp) };
  if (http === undefined) throw new Error('unreachable: a health check without a probe was let through');
  const address: Address = socket === undefined ? tcpAddress(port ?? 0) : { kind: 'unix', path: socket };
  return { kind: 'http', path: http, address, host: host ?? defaults.health.host, revisionIn: revisionPlace(health) };
}

function revisionPlace({ revisionHeader, revisionBody }: HealthShape): RevisionPlace | undefined {
  if (revisionHeader !== undefined) return { kind: 'header', name: revisionHeader };
  return revisionBody ? { kind: 'body' } : undefined;
}

/** Shape: 80, "web:80" or "[::1]:80". */
function tcpAddress(where: number | string): Address {
  if (typeof where === 'number') return { kind: 'tcp', host: defaults.health.address, port: where };
  const colon = where.lastIndexOf(':');
  return { kind: 'tcp', host: where.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(where.slice(colon + 1)) };
}
