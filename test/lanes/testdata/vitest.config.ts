import { defineConfig } from 'vitest/config';
import { createTallyReporter, tallyFileVariable } from '../tally-reporter.ts';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.case.ts'],
    reporters: [
      'default',
      createTallyReporter({
        file: process.env[tallyFileVariable],
        print: (line) => void process.stdout.write(`${line}\n`),
      }),
    ],
  },
});
