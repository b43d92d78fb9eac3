import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaptureEntry } from '../../history/capture-queries.ts';
import { openHistoryReader } from '../../history/history-reader.ts';
import { runToEnd, SaccadeProcess } from '../app/saccade-process.ts';
import { FakeSlack } from '../fakes/slack/fake-slack.ts';
import { injectBothWays } from '../lab/faults.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import { whyNoLab } from '../lab/lab-support.ts';
import { createNodeCgroup, type NodeCgroup } from './node-cgroup.ts';

const ruleTemplate = fileURLToPath(new URL('testdata/loss.yaml', import.meta.url));
const program = (name: string): string => fileURLToPath(new URL(`../lab/${name}.ts`, import.meta.url));
const slack = new FakeSlack();
const environment = { SLACK_TOKEN: slack.token };
const cleanUp = new AsyncDisposableStack();
/** Starts and restarts on a machine that has other work to do. */
const pollMs = 150_000;
let directory: string;
let lab: Lab;
let nodes: readonly NodeCgroup[];

beforeAll(async () => {
  if (whyNoLab() !== undefined) return;
  await slack.start();
  directory = mkdtempSync(join(tmpdir(), 'saccade-two-nodes-'));
  cleanUp.defer(() => rmSync(directory, { recursive: true, force: true }));
  cleanUp.defer(() => slack.stop());
  nodes = ['n1', 'n2'].map((name) => cleanUp.use(createNodeCgroup(name)));
  lab = cleanUp.use(await createLab({ hosts: ['checkout', 'payments'], segmentationOffload: false }));
  writeFileSync(join(directory, 'token'), 'a-token-of-some-length');
}, 60_000);
afterAll(() => cleanUp.disposeAsync(), 60_000);

function configure(name: string, lines: string): string {
  const path = join(directory, `${name}.yaml`);
  writeFileSync(path, `listen: 127.0.0.1:0\nconsole: { enabled: false }\n${lines}`);
  return path;
}

/** Of this lab only: tracepoints see every cgroup, and others may break their networks meanwhile. */
function writeRules(): string {
  const path = join(directory, 'loss.yaml');
  const text = readFileSync(ruleTemplate, 'utf8');
  writeFileSync(path, text.replace('LAB', lab.id).replace('LAB', lab.id));
  return path;
}

const serverConfig = (): string =>
  configure(
    'server',
    `ingest: { listen: '127.0.0.1:${port}', token_file: token }
rules: { catalog: false, files: ['${writeRules()}'] }
notifications:
  route: { receiver: slack, group_wait: 5s }
  receivers:
    - name: slack
      slack: { channel: C0000000001, token_env: SLACK_TOKEN, api_url: '${slack.url}' }
`,
  );

/** Apart from those of other tests; the same over restarts. */
const port = 20_000 + (process.pid % 10_000);

function start(name: string, config: string, prefix: readonly string[] = []): SaccadeProcess {
  const data = join(directory, name);
  const command = name === 'server' ? 'server' : 'agent';
  const args = [command, '--config', config, '--data', data];
  return cleanUp.use(new SaccadeProcess(args, { prefix, environment }));
}

const startServer = (): SaccadeProcess => start('server', serverConfig());
const startAgent = ({ name, agentPrefix }: NodeCgroup): SaccadeProcess =>
  start(
    name,
    configure(name, `node: ${name}\nserver: { url: 'http://127.0.0.1:${port}', token_file: token }\n`),
    agentPrefix,
  );
const runs = (one: SaccadeProcess): Promise<true> =>
  one.until(() => (one.out.includes('metrics ') ? true : undefined));

function captures(): readonly CaptureEntry[] {
  using history = openHistoryReader(join(directory, 'server', 'saccade.db'));
  return history.listCaptures();
}

const texts = (): readonly string[] => slack.messages().map(({ text }) => text);

/** `n1 complete`, `n2 refused: why`; sorted. */
function outcomes(): readonly string[] {
  const all = captures().map(({ phase, request, capture }) => {
    const why = capture?.reason ? `: ${capture.reason}` : '';
    return `${capture?.node ?? request?.node} ${phase}${why}`;
  });
  return [...new Set(all)].toSorted();
}

async function startTraffic(): Promise<void> {
  const [one, two] = nodes;
  if (one === undefined || two === undefined) throw new Error('two nodes are needed');
  const listening = two.spawnProgram(lab.host('payments'), program('request-server'), ['--seconds', '240']);
  await listening.waitForLine((line) => line.includes('"listening"'), 20_000);
  const flags = ['--target', 'payments', '--family', '4', '--seconds', '240', '--response-bytes', '3000'];
  const client = one.spawnProgram(lab.host('checkout'), program('request-client'), flags);
  await client.waitForLine((line) => line.includes('"connected"'), 20_000);
}

describe.skipIf(whyNoLab() !== undefined)('two agents and one server', () => {
  it('page once, with packets of both ends, through kills of each', { timeout: 600_000 }, async () => {
    let server = startServer();
    let agents = nodes.map(startAgent);
    await Promise.all([server, ...agents].map(runs));
    await startTraffic();
    // Long enough to be learned, and to be in the rings again after the kill.
    await sleep(4_000);
    await agents[0]?.end('SIGKILL');
    agents = [startAgent(nodes[0]!), agents[1]!];
    await runs(agents[0]!);
    await sleep(6_000);

    const faults = await injectBothWays(lab.host('checkout'), lab.host('payments'), {
      kind: 'loss',
      percent: 15,
    });
    await expect.poll(() => texts().length, { timeout: pollMs }).toBeGreaterThan(0);
    await server.end('SIGKILL');
    await sleep(1_000);
    server = startServer();
    await runs(server);
    await expect.poll(outcomes, { timeout: pollMs }).toEqual(['n1 complete', 'n2 complete']);
    await agents[1]?.end('SIGKILL');
    agents = [agents[0]!, startAgent(nodes[1]!)];
    await Promise.all([faults.towardsFirst.clear(), faults.towardsSecond.clear()]);
    await expect.poll(texts, { timeout: pollMs }).toEqual([expect.stringMatching(/resolved/i)]);
    await checkFiles();
    await Promise.all([server, ...agents].map((one) => one.end('SIGTERM')));
  });
});

/** At the server, whole, of the right flow, and to be had by the command that the message names. */
async function checkFiles(): Promise<void> {
  // A node that told of what tracepoints showed it of the other one's has no packets of that.
  const packets = captures().map(
    ({ capture }) => (capture?.packets_before ?? 0) + (capture?.packets_after ?? 0),
  );
  expect(Math.max(...packets)).toBeGreaterThan(0);
  for (const { id, capture } of captures()) {
    const path = capture?.file ?? '';
    expect(dirname(path)).toBe(join(directory, 'server', 'captures'));
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(capture?.sha256);
    // By the node that saw it; which end each saw is up to tracepoints, which see every cgroup.
    expect(capture?.selector.subject.node).toBe(capture?.node);
    expect(capture?.selector.subject.workload).toMatch(/^netns\/(checkout|payments)-/);
    const out = join(directory, 'copy.pcapng');
    const flags = ['--config', join(directory, 'server.yaml'), '--data', join(directory, 'server')];
    expect(await runToEnd(['captures', 'get', id, out, ...flags])).toMatchObject({ code: 0 });
    expect(readFileSync(out).equals(readFileSync(path))).toBe(true);
  }
}
