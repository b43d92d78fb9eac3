import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { seededRandom } from '../engine/testing/signal-script.ts';
import { printLine } from '../test/lab/print-line.ts';
import { untilOrphaned } from '../test/lab/until-orphaned.ts';

/**
 * What answers the demo's probe in the place of an API server: `/readyz` and an empty list, over HTTP on loopback.
 * SIGUSR1 makes it sick: slow, or failing (500), or both; SIGUSR2 as sound as before. Prints `{"listening": PORT}`, and a line for each change.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    /** Delay of each answer while it is slow. */
    'slow-ms': { type: 'string', default: '1500' },
    /** Share of answers that are a 500 while it is sick, at random from a fixed seed. */
    failing: { type: 'string', default: '0' },
  },
});
const slowMs = Number(values['slow-ms']);
const failingShare = Number(values.failing);
const random = seededRandom(1);
let delayMs = 0;
let failing = 0;
let requests = 0;

const server = createServer((request, response) => {
  requests += 1;
  setTimeout(() => {
    const text = request.url === '/readyz';
    response.statusCode = random() < failing ? 500 : 200;
    response.setHeader('content-type', text ? 'text/plain' : 'application/json');
    response.end(text ? 'ok' : JSON.stringify({ kind: 'List', apiVersion: 'v1', items: [] }));
  }, delayMs);
});
const change = (toMs: number, share: number): void => {
  delayMs = toMs;
  failing = share;
  printLine({ delay_ms: toMs, at_ms: Date.now(), requests });
};
process.on('SIGUSR1', () => change(slowMs, failingShare)).on('SIGUSR2', () => change(0, 0));
server.listen(0, '127.0.0.1', () => printLine({ listening: (server.address() as AddressInfo).port }));
untilOrphaned(Number(values.seconds) * 1000).addEventListener('abort', () => {
  server.close();
  server.closeAllConnections();
  process.stdin.destroy();
});
