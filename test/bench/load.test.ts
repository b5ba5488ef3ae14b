import { expect, it } from 'vitest';

import { parseWrk } from '../../bench/load.ts';

const printed = (errors: string): string => `Running 8s test @ http://127.0.0.1:8000/
  1 threads and 20 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     5.51ms  812.34us  20.01ms   96.99%
    Req/Sec     2.49k   123.45     2.78k    70.00%
  Latency Distribution
     50%    5.31ms
     75%    5.97ms
     90%  980.00us
     99%    1.25s
  19871 requests in 8.00s, 3.94MB read
${errors}Requests/sec:   2483.21
Transfer/sec:    504.35KB
`;

it('reads latencies in their units', () => {
  expect(parseWrk(printed(''))).toEqual({
    ...{ perSecond: 2483.21, p50Ms: 5.31, p99Ms: 1_250, maxMs: 20.01 },
    ...{ failed: 0, reloads: 0 },
  });
});

it('counts every kind of failure', () => {
  const errors = '  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 5\n';
  expect(parseWrk(printed(errors)).failed).toBe(15);
});
