import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { parseArgs } from 'node:util';
import { printLine } from '../../../test/lab/print-line.ts';
import { untilOrphaned } from '../../../test/lab/until-orphaned.ts';

/**
 * An external API of a lab that answers as late as it is asked to: `?delay=MS` after the whole request, `?events=MS` as a
 * stream of events that far apart, an upgrade as a peer that speaks unasked. From SIGUSR2 to the next it answers 600 ms
 * later. Ports: HTTP 8080, HTTPS 8443, HTTP/2 8444.
 */
const { values } = parseArgs({ options: { cert: { type: 'string' }, key: { type: 'string' } } });
const identity = { cert: readFileSync(values.cert ?? ''), key: readFileSync(values.key ?? '') };

let lateMs = 0;
process.on('SIGUSR2', () => {
  lateMs = 600 - lateMs;
});

const servers = [
  createHttp(answer).listen(8080, '::'),
  createHttps(identity, answer).listen(8443, '::'),
  createSecureServer(identity, (request, response) => {
    void delayOf(request.url).then(() => response.end('{}'));
  }).listen(8444, '::', () => printLine({ listening: true })),
];
for (const server of servers.slice(0, 2)) server.on('upgrade', push);

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => {
    const eventsMs = Number(queryOf(request.url).get('events') ?? 0);
    if (eventsMs > 0) stream(response, eventsMs);
    else void delayOf(request.url).then(() => response.end('{"ok":true}'));
  });
}

function stream(response: ServerResponse, everyMs: number): void {
  const timer = setInterval(() => response.write('data: {}\n\n'), everyMs);
  response.on('close', () => clearInterval(timer));
  response.write(':\n\n');
}

function push(_request: IncomingMessage, socket: Duplex): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  const timer = setInterval(() => socket.write('pushed'), 70);
  socket
    .on('error', () => socket.destroy())
    .on('close', () => clearInterval(timer))
    .resume();
}

function delayOf(url = ''): Promise<void> {
  const delayMs = Number(queryOf(url).get('delay') ?? 0);
  return new Promise((resolve) => setTimeout(resolve, delayMs + lateMs));
}

function queryOf(url = ''): URLSearchParams {
  return new URL(url, 'http://lab').searchParams;
}

untilOrphaned(600_000).addEventListener('abort', () => process.exit(0));
