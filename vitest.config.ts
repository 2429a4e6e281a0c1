import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/parts/once-a-run.ts',
    setupFiles: ['./test/properties.ts'],
    reporters: ['default', './test/report.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
