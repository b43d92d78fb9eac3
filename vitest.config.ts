import { defineConfig } from 'vitest/config';
import { findKernelTests } from './test/lanes/kernel-tests.ts';
import { LongFirstSequencer } from './test/lanes/long-first-sequencer.ts';
import { createTallyReporter, tallyFileVariable } from './test/lanes/tally-reporter.ts';

const kernelTests = [...findKernelTests(import.meta.dirname)];
/** Tests over a real Kafka broker, one broker at a time. */
const brokerTests = ['test/kafka/**/*.test.ts', 'test/s3/**/*.test.ts'];
/** Troubles and quiet stretches played against a whole Saccade: the wide catalogue of which `test/acceptance` is the core. */
const sceneTests = ['test/scenes/**/*.test.ts'];
/** What a cluster is installed from, and tests on a real cluster: minutes, not seconds. */
const clusterTests = ['images/**/*.test.ts', 'charts/**/*.test.ts', 'test/cluster/**/*.test.ts'];
const never = ['**/node_modules/**', '**/dist/**', '**/.saccade/**', 'images/build/**'];

export default defineConfig({
  test: {
    reporters: [
      'default',
      createTallyReporter({
        file: process.env[tallyFileVariable],
        print: (line) => void process.stdout.write(`${line}\n`),
      }),
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongFirstSequencer },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['**/*.test.ts'],
          exclude: [...never, ...kernelTests, ...brokerTests, ...sceneTests, ...clusterTests],
          // One more than the processors of a small machine: many of them wait for a process, a browser, a socket.
          maxWorkers: 3,
          // They run on what the tests against the kernel leave.
          testTimeout: 90_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'kernel',
          include: kernelTests,
          exclude: never,
          // Real time on a machine that others use too: what fails once is tried once more, and reported as such.
          retry: 1,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'broker',
          include: brokerTests,
          exclude: never,
          retry: 1,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'scenes',
          include: sceneTests,
          exclude: never,
          retry: 1,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: clusterTests,
          exclude: never,
          retry: 1,
          // Each has a cluster of its own and mostly waits; two at once keep the whole within some minutes.
          maxWorkers: 2,
          sequence: { groupOrder: 4 },
          // A cluster is started before the first test of a file.
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
