import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', '.saccade/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers would make the timing of real sockets meaningless.
    maxWorkers: 2,
  },
});
