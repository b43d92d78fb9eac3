import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printLine } from '../lab/print-line.ts';
import { untilOrphaned } from '../lab/until-orphaned.ts';

/**
 * An API on the Internet over HTTP/1.1: `/poll` answers after 30 s, `/stream` says something every second and never
 * ends, all else is answered after `--delay-ms`. SIGUSR1 makes it sick: from then on ordinary answers take `--sick-ms`
 * and have the status `--sick-status`. Prints `{"listening": PORT}`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '443' },
    seconds: { type: 'string', default: '120' },
    'delay-ms': { type: 'string', default: '30' },
    'sick-ms': { type: 'string', default: '900' },
    'sick-status': { type: 'string', default: '200' },
  },
});
const pollMs = 30_000;
const streamGapMs = 1_000;
let delayMs = Number(values['delay-ms']);
let status = 200;

async function answer(url: string, response: ServerResponse): Promise<void> {
  if (url === '/stream') return tellForEver(response);
  await sleep(url === '/poll' ? pollMs : delayMs);
  response.statusCode = status;
  response.end(JSON.stringify({ at: Date.now() }));
}

async function tellForEver(response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'text/event-stream');
  while (!response.destroyed) {
    response.write(`data: ${Date.now()}\n\n`);
    await sleep(streamGapMs);
  }
}

const server = createServer((request, response) => void answer(request.url ?? '/', response));
server.keepAliveTimeout = 120_000;
process.on('SIGUSR1', () => {
  delayMs = Number(values['sick-ms']);
  status = Number(values['sick-status']);
  printLine({ delay_ms: delayMs, status });
});
server.listen(Number(values.port), () => printLine({ listening: Number(values.port) }));
untilOrphaned(Number(values.seconds) * 1000).addEventListener('abort', () => process.exit());
