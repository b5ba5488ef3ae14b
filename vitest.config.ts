import { defineConfig } from 'vitest/config';

/** `npm run long`: what is not yet known to hold on every machine, or takes minutes. */
const long = [
  'test/integration/{package,library,examples}.test.ts',
  'test/integration/ppidshim-*.test.ts',
  'test/container/{ppidshim,zombies}.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/container/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/container/**/*.test.ts'],
          exclude: long,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'long',
          include: long,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
