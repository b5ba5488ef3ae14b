import { describe, expect, it } from 'vitest';

import { reportHealth } from '../../../src/surfaces/http/health-report.ts';
import { sampleInstance, sampleSnapshot } from '../sample.ts';

const report = (...changes: Parameters<typeof sampleInstance>[0][]) =>
  reportHealth(sampleSnapshot({ services: { web: { instances: changes.map((each) => sampleInstance(each)) } } }));

describe('the health report', () => {
  it.each([
    { state: 'running', health: 'healthy' },
    { state: 'running', health: 'none' },
    { state: 'reloading', health: 'healthy' },
    { state: 'completed', health: 'none' },
  ] as const)('$state and $health is well', (instance) => {
    expect(report(instance)).toEqual({ healthy: true, problems: [] });
  });

  it.each([
    { state: 'running', health: 'unhealthy', problem: 'web.1 is unhealthy' },
    { state: 'running', health: 'starting', problem: 'web.1 is running, but its health check has not passed yet' },
    { state: 'backoff', health: 'none', detail: 'exited with 3', problem: 'web.1 is backoff: exited with 3' },
    { state: 'down', health: 'none', problem: 'web.1 is down' },
    { state: 'failed', health: 'none', problem: 'web.1 is failed' },
    { state: 'starting', health: 'none', problem: 'web.1 is starting' },
    { state: 'stopping', health: 'healthy', problem: 'web.1 is stopping' },
    { state: 'adopting', health: 'none', problem: 'web.1 is adopting' },
  ] as const)('$state and $health is not: $problem', ({ problem, ...instance }) => {
    expect(report(instance)).toEqual({ healthy: false, problems: [problem] });
  });

  it('names every instance that is not well, and no other', () => {
    const { problems } = report({ state: 'down' }, { instance: 2 }, { instance: 3, state: 'failed' });
    expect(problems).toEqual(['web.1 is down', 'web.3 is failed']);
  });
});
