import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTallyReporter, tallyFileVariable } from './tally-reporter.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-tally-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the tally of a run', () => {
  it('ends it with one plain line: tests, and what failed outside of them', { timeout: 120_000 }, () => {
    const config = join(import.meta.dirname, 'testdata', 'vitest.config.ts');
    const { [tallyFileVariable]: _ours, ...environment } = process.env;
    const { status, stdout } = spawnSync('vitest', ['run', '--config', config], {
      encoding: 'utf8',
      env: { ...environment, NO_COLOR: '1' },
    });
    expect(status).toBe(1);
    // The test, the hook, the file that does not load.
    const end = stdout.trimEnd().split('\n').slice(-4);
    expect(end.at(-1)).toBe('2 passed, 3 failed, 2 skipped');
    expect(end.slice(0, 3).toSorted()).toEqual([
      'failed: mixed.case.ts > a hook that fails: the hook',
      'failed: mixed.case.ts > fails: expected 1 to be 2 // Object.is equality',
      'failed: unloadable.case.ts: this file does not load',
    ]);
  });

  it('goes into a file for whoever adds up several', async () => {
    const file = join(folder, 'tally.json');
    const printed: string[] = [];
    const reporter = createTallyReporter({ file, print: (line) => printed.push(line) });
    const lost = { name: 'Error', message: 'nobody caught it', stacks: [] };
    await reporter.onTestRunEnd?.([], [lost], 'failed');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
      failures: ['outside of any test: nobody caught it'],
    });
    expect(printed).toEqual([]);
  });
});
