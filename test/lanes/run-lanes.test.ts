import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lane, Step } from './lane.ts';
import { type LanesResult, runLanes } from './run-lanes.ts';
import { noTally } from './tally.ts';
import { tallyFileVariable } from './tally-reporter.ts';

let folder: string;
let written: string;
let interrupt: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-lanes-'));
  written = '';
  interrupt = new AbortController();
});
afterEach(() => rmSync(folder, { recursive: true }));

const shell = (name: string, script: string, kind: Step['kind'] = 'check'): Step => ({
  name,
  command: ['sh', '-c', script],
  kind,
});
const lanes = (front: readonly Step[], beside: readonly Step[]): readonly Lane[] => [
  { name: 'front', priority: 'normal', steps: front },
  { name: 'beside', priority: 'idle', steps: beside },
];
const run = (all: readonly Lane[], graceMs = 5_000): Promise<LanesResult> =>
  runLanes(all, {
    write: (text) => (written += text),
    environment: process.env,
    signal: interrupt.signal,
    nowMs: () => performance.now(),
    graceMs,
  });
const namesOf = ({ failed }: LanesResult): readonly string[] => failed.map(({ name }) => name);
/** As vitest with the reporter. */
const counting = (passed: number, failed: number, skipped: number, code: number): string => {
  const failures = Array.from({ length: failed }, (_, number) => `test ${number}`);
  return `printf '%s' '${JSON.stringify({ passed, failed, skipped, failures })}' >"$${tallyFileVariable}"; exit ${code}`;
};

/** Until a step has written a file of that name. */
async function fileOf(name: string): Promise<string> {
  const path = join(folder, name);
  await expect.poll(() => existsSync(path) && readFileSync(path, 'utf8'), { timeout: 20_000 }).toMatch(/\n/);
  return readFileSync(path, 'utf8').trim();
}

function isAlive(pid: string): boolean {
  // A process that nobody waited for yet is none any more.
  return existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('runLanes', () => {
  it('adds up what passed: tests as they were counted, every other step as one', async () => {
    const result = await run(
      lanes(
        [shell('kernel', counting(7, 0, 2, 0), 'tests')],
        [shell('lint', 'true'), shell('parts', counting(30, 0, 0, 0), 'tests')],
      ),
    );
    expect(result).toEqual({ tally: { passed: 38, failed: 0, skipped: 2, failures: [] }, failed: [] });
    expect(written).toMatch(/-- kernel: good after \d+ s \(7 passed, 0 failed, 2 skipped\)\n/);
  });

  it.each(['front', 'beside'] as const)(
    'tells a failure in the lane %s, and runs all the rest',
    async (lane) => {
      const good = [shell('one', 'echo fine')];
      const bad = [shell('two', 'echo a fault >&2; exit 3'), shell('three', 'echo also this')];
      const result = await run(lane === 'front' ? lanes(bad, good) : lanes(good, bad));
      expect(namesOf(result)).toEqual(['two']);
      expect(result.tally).toMatchObject({ passed: 2, failed: 1, skipped: 0 });
      expect(written).toMatch(/^-- two: FAILED after \d+ s$/m);
      for (const said of ['fine', 'also this', 'a fault']) expect(written).toContain(`\n${said}\n`);
    },
  );

  it('counts a run of tests that broke off as a failure, beside what it had counted', async () => {
    const result = await run(
      lanes(
        [shell('no count', 'exit 1', 'tests')],
        [
          shell('all counted good', counting(3, 0, 0, 1), 'tests'),
          shell('counted', counting(3, 2, 0, 1), 'tests'),
        ],
      ),
    );
    expect(result.tally).toEqual({
      passed: 6,
      failed: 4,
      skipped: 0,
      failures: ['test 0', 'test 1'],
    });
    expect(namesOf(result).toSorted()).toEqual(['all counted good', 'counted', 'no count']);
  });

  it('says which tool is missing, in any lane', async () => {
    const absent = (name: string): Step => ({ name, command: ['saccade-has-no-such-tool'], kind: 'check' });
    const result = await run(lanes([absent('one')], [absent('two')]));
    expect(namesOf(result).toSorted()).toEqual(['one', 'two']);
    expect(written.match(/cannot run saccade-has-no-such-tool: .*npm run setup/g)).toHaveLength(2);
  });

  it('leaves the processors to the others in an idle lane, also where tasks are grouped by session', async () => {
    const script = 'nice; cat /proc/self/autogroup 2>/dev/null || true';
    await run(lanes([shell('normal', script)], []));
    const normal = written;
    written = '';
    await run(lanes([], [shell('idle', script)]));
    const idle = written;
    // These tests may themselves run in the idle lane.
    expect(normal).toMatch(new RegExp(`^${String(getPriority())}$`, 'm'));
    expect(idle).toMatch(/^19$/m);
    if (/autogroup/.test(idle)) expect(idle).toMatch(/nice 19$/m);
  });

  it.each(['SIGINT', 'SIGTERM'])(
    '%s ends all lanes with all their children, and begins nothing',
    async (name) => {
      const lasting = (file: string): string =>
        `sleep 300 & echo $! >${folder}/${file}; trap 'echo told; exit 1' INT TERM; wait`;
      const running = run(
        lanes(
          [shell('one', lasting('one')), shell('next', 'true')],
          [shell('two', lasting('two')), shell('next', 'true')],
        ),
        // What a shell begins in the background does not listen to SIGINT.
        name === 'SIGINT' ? 200 : 5_000,
      );
      const children = await Promise.all(['one', 'two'].map(fileOf));
      interrupt.abort(name);
      expect(await running).toEqual({ tally: noTally, failed: [] });
      for (const step of ['one', 'two']) expect(written).toMatch(new RegExp(`-- ${step}: interrupted after`));
      expect(written).not.toContain('next');
      await expect.poll(() => children.filter(isAlive)).toEqual([]);
    },
  );

  it('ends who does not listen to a signal', async () => {
    const deaf = shell('deaf', `trap '' INT; sleep 300 & echo $! >${folder}/deaf; wait; wait`);
    const running = run(lanes([deaf], []), 200);
    const child = await fileOf('deaf');
    interrupt.abort('SIGINT');
    await running;
    expect(written).toContain('-- deaf: interrupted');
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it('leaves nothing behind when it ends by a fault of its own', async () => {
    const module = new URL('run-lanes.ts', import.meta.url).href;
    const lasting = ['sh', '-c', `sleep 300 & echo $! >${folder}/child; wait`];
    const program = `
      const { runLanes } = await import(${JSON.stringify(module)});
      const step = { name: 'one', kind: 'check', command: ${JSON.stringify(lasting)} };
      void runLanes([{ name: 'front', priority: 'normal', steps: [step] }], {
        write: () => undefined, environment: process.env, signal: new AbortController().signal, nowMs: () => 0,
      });
      process.stdin.once('data', () => { throw new Error('a fault'); });`;
    const runner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(runner, 'close');
    const child = await fileOf('child');
    runner.stdin.write('now\n');
    expect(await ended).toEqual([1, null]);
    await expect.poll(() => isAlive(child), { timeout: 10_000 }).toBe(false);
  });
});
