import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databasePath } from '../../app/open-log.ts';
import { packageRoot } from '../../app/package-root.ts';
import { askRunning } from '../../cli/control-client.ts';
import { type HistoryReader, openHistoryReader } from '../../history/history-reader.ts';
import { fillDataFolder } from './fill-data-folder.ts';
import { type CommandBlock, guideBlocks, outputPattern } from './guide-blocks.ts';

const blocks = guideBlocks(readFileSync(join(packageRoot, 'docs/guide.md'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'saccade-guide-'));
const data = join(folder, 'data');
const environment = {
  ...process.env,
  // Each command is a process of its own; what one has compiled, the next need not.
  NODE_COMPILE_CACHE: join(folder, '.cache'),
  PATH: `${join(folder, '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
};

/** Some twenty processes take their time on a busy machine. */
const timeoutMs = 120_000;

beforeAll(async () => {
  mkdirSync(join(folder, '.bin'));
  symlinkSync(join(packageRoot, 'cli/bin/saccade'), join(folder, '.bin/saccade'));
  mkdirSync(data);
  await fillDataFolder(data);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  readonly code: number;
  readonly output: string;
}

async function sh(script: string): Promise<Answer> {
  const run = promisify(execFile)('sh', ['-ec', `exec 2>&1\n${script}`], { cwd: folder, env: environment });
  return run.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, output: error.stdout }),
  );
}

/** The guide names what the reader sees in a list. */
const firstIds: readonly (readonly [word: RegExp, firstId: () => Promise<string | undefined>])[] = [
  [/\bALERT\b/gu, async () => inHistory((history) => history.listAlerts({ limit: 1 })[0]?.id)],
  [/\bCAPTURE\b/gu, async () => inHistory((history) => history.listCaptures()[0]?.id)],
  [/\bSILENCE\b/gu, firstSilence],
];

function inHistory<T>(read: (history: HistoryReader) => T): T {
  using history = openHistoryReader(databasePath(data));
  return read(history);
}

async function firstSilence(): Promise<string | undefined> {
  const [silence] = (await askRunning(data, 'GET', '/v1/silences')) as readonly { readonly id: string }[];
  return silence?.id;
}

async function withIds(script: string): Promise<string> {
  let filled = script;
  for (const [word, firstId] of firstIds)
    if (script.search(word) >= 0) filled = filled.replaceAll(word, (await firstId()) ?? 'none');
  return filled;
}

async function carryOut({ script, exitCode, output }: CommandBlock): Promise<void> {
  const answer = await sh(await withIds(script));
  expect(answer).toMatchObject({ code: exitCode });
  if (output !== undefined) expect(answer.output.trim()).toMatch(outputPattern(output));
}

/** A Saccade on the guide's folder, until it is disposed of. */
async function startSaccade(): Promise<AsyncDisposable> {
  const child = spawn('saccade', ['start', '--listen', '127.0.0.1:0'], { cwd: folder, env: environment });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('Alerts appear below')) resolve();
    });
    child.once('exit', () => reject(new Error(`saccade start ended: ${printed}`)));
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

describe('docs/guide.md', () => {
  it('has something to carry out', () => {
    expect(blocks.filter(({ kind }) => kind === 'commands').length).toBeGreaterThan(8);
  });

  it(
    'does what it says, in its order, and prints what it shows',
    async () => {
      for (const block of blocks)
        if (block.kind === 'file') {
          mkdirSync(dirname(join(folder, block.path)), { recursive: true });
          writeFileSync(join(folder, block.path), block.content);
        } else if (!block.running) await carryOut(block);
    },
    timeoutMs,
  );

  it(
    'does so with a Saccade that runs',
    async () => {
      await using _saccade = await startSaccade();
      for (const block of blocks) if (block.kind === 'commands' && block.running) await carryOut(block);
    },
    timeoutMs,
  );
});
