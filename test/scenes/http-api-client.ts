import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printLine } from '../lab/print-line.ts';
import { untilOrphaned } from '../lab/until-orphaned.ts';

/**
 * What workloads do with an API (http-api.ts): `--rate` ordinary requests a second, whether or not answers come,
 * `--polls` long polls and `--streams` streams, each again as soon as it ends. `--one-pool`: over the same connections.
 * A connection carries `--uses` requests. Prints what it did once a second.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    rate: { type: 'string', default: '0' },
    polls: { type: 'string', default: '0' },
    /** When polls begin, seconds. */
    'polls-after': { type: 'string', default: '0' },
    streams: { type: 'string', default: '0' },
    'one-pool': { type: 'boolean', default: false },
    uses: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '120' },
  },
});
/** Beyond it requests wait in this process. */
const maxSockets = 64;
const ended = untilOrphaned(Number(values.seconds) * 1000);
const counts = { asked: 0, answered: 0, failed: 0 };
const openPool = (): Agent => new Agent({ keepAlive: true, maxSockets });
const ordinary = openPool();
const waiting = values['one-pool'] ? ordinary : openPool();
let asked = 0;

/** Resolves when the answer is whole. */
function ask(path: string, agent: Agent): Promise<void> {
  counts.asked++;
  const isLast = ++asked % Number(values.uses) === 0;
  const headers = isLast ? { connection: 'close' } : {};
  return new Promise((resolve) => {
    const end = (kind: 'answered' | 'failed'): void => {
      counts[kind]++;
      resolve();
    };
    get(new URL(path, values.url), { agent, headers }, (response) =>
      response
        .on('end', () => end('answered'))
        .on('error', () => end('failed'))
        .resume(),
    ).on('error', () => end('failed'));
  });
}

async function askForEver(path: string): Promise<void> {
  // Whoever is refused does not try again at once.
  while (!ended.aborted) await Promise.all([ask(path, waiting), sleep(500)]);
}

async function pollForEver(): Promise<void> {
  await sleep(Number(values['polls-after']) * 1_000);
  await askForEver('/poll');
}

for (let n = 0; n < Number(values.polls); n++) void pollForEver();
for (let n = 0; n < Number(values.streams); n++) void askForEver('/stream');
const rate = Number(values.rate);
const asking = rate > 0 ? setInterval(() => void ask('/', ordinary), 1_000 / rate) : undefined;
const reporting = setInterval(() => printLine({ at: Date.now(), ...counts }), 1_000);
ended.addEventListener('abort', () => {
  clearInterval(asking);
  clearInterval(reporting);
  process.exit();
});
