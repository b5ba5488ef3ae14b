import { defineConfig } from 'vitest/config';

/** Tests with real processes, sockets and servers, one file after the other: each has the machine to itself. */
const integration = ['test/integration/**/*.test.ts', 'test/container/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: integration,
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: integration,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
