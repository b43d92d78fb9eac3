import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { printLine } from './print-line.ts';
import { encodeRequest } from './request-frame.ts';
import { untilOrphaned } from './until-orphaned.ts';

/**
 * Sends requests at a steady rate on N connections, whether or not answers come (open loop), to request-server.ts.
 * Looks its target up anew for every connection, as the host's /etc/resolv.conf says. A connection that fails is
 * opened again after 200 ms; with `--patience-ms` also one on which nothing was heard for so long. Prints `{"connected": address}` for the first connection, then its counts once a second.
 *
 * 1 MB/s in bulk: `--connections 1 --rate 64 --request-bytes 16384`; churn: `--requests-per-connection 5`.
 */
const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    port: { type: 'string', default: '8080' },
    connections: { type: 'string', default: '5' },
    /** Requests a second on each connection. */
    rate: { type: 'string', default: '40' },
    'request-bytes': { type: 'string', default: '200' },
    'response-bytes': { type: 'string', default: '200' },
    /** Closes the connection after so many and opens another; 0: never. */
    'requests-per-connection': { type: 'string', default: '0' },
    /** Gives a connection up after so long without an answer; 0: never. */
    'patience-ms': { type: 'string', default: '0' },
    /** 4 or 6: look up addresses of this family only; 0: any. */
    family: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '120' },
  },
});
if (values.target === undefined) throw new Error('--target HOST is missing');

const target = {
  host: values.target,
  port: Number(values.port),
  family: Number(values.family),
  noDelay: true,
};
const request = encodeRequest(Number(values['request-bytes']), Number(values['response-bytes']));
const intervalMs = 1000 / Number(values.rate);
const patienceMs = Number(values['patience-ms']);
const perConnection = Number(values['requests-per-connection']);
/** Beyond this a dead peer would only fill our memory; requests not sent are counted. */
const maxUnsentBytes = 4 * 1024 * 1024;
const counts = { connects: 0, failures: 0, open: 0, requests: 0, held_back: 0, bytes: 0, received: 0 };
const sockets = new Set<Socket>();

const ending = untilOrphaned(Number(values.seconds) * 1000);
const reporting = setInterval(() => printLine({ at: Date.now(), ...counts }), 1000);
ending.addEventListener('abort', () => {
  clearInterval(reporting);
  for (const socket of sockets) socket.destroy();
  process.stdin.destroy();
});
for (let n = 0; n < Number(values.connections); n++) setTimeout(openConnection, (n * intervalMs) / 5);

function openConnection(): void {
  if (ending.aborted) return;
  const socket = connect(target);
  sockets.add(socket);
  if (patienceMs > 0) watch(socket);
  socket.on('connect', () => {
    if (counts.connects++ === 0) printLine({ connected: socket.remoteAddress ?? '' });
    counts.open++;
    sendSteadily(socket);
    socket.on('close', () => counts.open--);
  });
  socket.on('data', (chunk) => (counts.received += chunk.length));
  socket.on('error', () => counts.failures++);
  socket.on('close', (failed) => {
    sockets.delete(socket);
    setTimeout(openConnection, failed ? 200 : 0);
  });
}

/** Not the socket's own timeout, for which each write is a sign of life. */
function watch(socket: Socket): void {
  let heardAt = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - heardAt >= patienceMs) socket.destroy(new Error('no answer'));
  }, patienceMs / 4);
  socket.on('data', () => (heardAt = performance.now()));
  socket.on('close', () => clearInterval(timer));
}

/** Keeps to the schedule: a timer that came late sends what is due, so the rate holds on a busy machine. */
function sendSteadily(socket: Socket): void {
  const startedAt = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    const target = Math.floor((performance.now() - startedAt) / intervalMs) + 1;
    for (; due < target; due++) {
      if (perConnection > 0 && due >= perConnection) {
        clearInterval(timer);
        socket.end();
        return;
      }
      send(socket);
    }
  }, intervalMs);
  socket.on('close', () => clearInterval(timer));
}

function send(socket: Socket): void {
  if (socket.writableLength > maxUnsentBytes) {
    counts.held_back++;
    return;
  }
  counts.requests++;
  counts.bytes += request.length;
  socket.write(request);
}
