import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../app/package-root.ts';
import { type CommandBlock, guideBlocks, outputPattern } from '../../docs/guide/guide-blocks.ts';
import { CommandError } from '../lab/run-command.ts';
import { patienceMs } from './eyes.ts';
import { runLong } from './run-long.ts';
import { type Ground, offerVolume, startBareGround } from './stage.ts';

const blocks = guideBlocks(readFileSync(join(packageRoot, 'docs/guide/on-a-cluster.md'), 'utf8'));
const cleanUp = new AsyncDisposableStack();
let ground: Ground;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-cluster-guide-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(packageRoot, 'charts'), join(folder, 'charts'));
  ground = cleanUp.use(await startBareGround(`guide-${process.pid}`));
  await offerVolume(ground.cluster, 'data-saccade-server-0');
}, 1_200_000);
afterAll(() => cleanUp.disposeAsync(), 60_000);

/** What is the reader's own: where the image is, the channel, the workspace. */
function own(text: string): string {
  return text
    .replaceAll('REGISTRY/', 'localhost/')
    .replace('channel: C0123456789', `channel: ${ground.channel.channelId}, api_url: '${ground.slackUrl}'`)
    .replace('learn: 1m', 'learn: 15s');
}

/** As the reader has it in a terminal whose kubectl is the administrator's. */
function sh(script: string): Promise<string> {
  const { enteringNetwork, environment } = ground.cluster;
  const [command = '', ...words] = enteringNetwork;
  return runLong(command, [...words, 'sh', '-ec', `cd '${folder}'\n${script}`], {
    environment: { ...environment, SLACK_TOKEN: ground.channel.token, no_proxy: '127.0.0.1' },
  });
}

/** The guide names what the reader sees in a list: that of the store, others may be there. */
async function withIds(script: string): Promise<string> {
  const lists = { ALERT: 'alerts', CAPTURE: 'captures' };
  let filled = script;
  for (const [word, what] of Object.entries(lists))
    if (new RegExp(`\\b${word}\\b`, 'u').test(filled)) filled = filled.replaceAll(word, await idOf(what));
  return filled;
}

async function idOf(what: string): Promise<string> {
  const said = await sh(`kubectl -n saccade exec saccade-server-0 -- saccade ${what} list --output json`);
  const all = JSON.parse(said) as readonly { readonly id: string; readonly phase?: string }[];
  const found = all.find(
    ({ phase, ...one }) =>
      (phase ?? 'complete') === 'complete' && JSON.stringify(one).includes('"service/stock.store"'),
  );
  return found?.id ?? 'none';
}

async function carryOut({ script, output, patient }: CommandBlock): Promise<void> {
  const expected = output === undefined ? /^/u : outputPattern(output);
  let said = '';
  const ask = async (): Promise<boolean> => {
    said = (await sh(await withIds(script))).trim();
    return expected.test(said);
  };
  /** A list that does not have it yet is a failure to grep. */
  const askPatiently = (): Promise<boolean> =>
    ask().catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      said = error.message;
      return false;
    });
  if (patient)
    await ground.cluster
      .waitFor(script, async () => (await askPatiently()) || undefined, patienceMs)
      .catch((error: unknown) => {
        throw new Error(`${String(error)}; the last time it said:\n${said}`, { cause: error });
      });
  else {
    await ask();
    expect(said, script).toMatch(expected);
  }
}

const learnedMs = 20_000;
const firstMistake = 'targetPort": 8081';

describe('docs/guide/on-a-cluster.md', () => {
  it('does what it says, in its order, and prints what it shows', { timeout: 1_800_000 }, async () => {
    expect(blocks.filter(({ kind }) => kind === 'commands').length).toBeGreaterThan(12);
    for (const block of blocks)
      if (block.kind === 'file') writeFileSync(join(folder, block.path), own(block.content));
      else {
        if (block.script.includes(firstMistake))
          await new Promise((resolve) => setTimeout(resolve, learnedMs));
        await carryOut(block);
      }
    const told = ground.seen().filter(({ text }) => /stock\.store/u.test(text));
    expect(told.map(({ tone }) => tone)).toEqual(expect.arrayContaining(['page', 'resolved']));
  });
});
