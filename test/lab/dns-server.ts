import { createSocket } from 'node:dgram';
import { createServer, isIPv6, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet';
import { createSickZone, createZone } from './dns-zone.ts';
import { printLine } from './print-line.ts';
import { untilOrphaned } from './until-orphaned.ts';

/**
 * A name server for the lab (RFC 1035, over UDP and TCP): `dns-server.ts --listen ADDRESS name=record …`, see
 * `createZone`. A name without an address of the asked family has an empty answer. `--split` sends an answer over TCP
 * in several segments. `--udp-only` leaves TCP closed. Prints `{"listening": 53}` and a line for each
 * question: the ground truth. SIGUSR1: from now on it is sick, every name has the record `--sick` beside its own;
 * SIGUSR2: as before.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    listen: { type: 'string', default: '0.0.0.0' },
    seconds: { type: 'string', default: '120' },
    split: { type: 'boolean', default: false },
    'udp-only': { type: 'boolean', default: false },
    sick: { type: 'string', default: 'servfail' },
  },
});
const port = 53;
const maxConnections = 100;
const healthy = createZone(positionals);
let reactTo = healthy;
const ended = untilOrphaned(Number(values.seconds) * 1000);

process
  .on('SIGUSR1', () => {
    reactTo = createSickZone(positionals, values.sick);
    printLine({ zone: 'failing' });
  })
  .on('SIGUSR2', () => {
    reactTo = healthy;
    printLine({ zone: 'healthy' });
  });

async function answer(query: Packet, tcp: boolean, send: (answer: Packet) => void): Promise<void> {
  const reaction = reactTo(query, tcp);
  const [question] = query.questions ?? [];
  if (reaction === undefined || question === undefined) return;
  const answers = reaction.answer?.answers?.length ?? 0;
  printLine({ asked: question.name.toLowerCase(), type: question.type, answers, ...(tcp && { tcp }) });
  if (reaction.delayMs > 0) await sleep(reaction.delayMs);
  if (reaction.answer !== undefined && !ended.aborted) send(reaction.answer);
}

const udp = createSocket(isIPv6(values.listen) ? 'udp6' : 'udp4');
udp.on('message', (message, client) => {
  void answer(decode(message), false, (packet) => udp.send(encode(packet), client.port, client.address));
});

const tcp = createServer((socket) => {
  let received = Buffer.alloc(0);
  let sent = Promise.resolve();
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      void answer(streamDecode(received.subarray(0, end)), true, (packet) => {
        // One after the other: segments of two answers must not mix.
        sent = sent.then(() => sendOver(socket, packet));
      });
      received = received.subarray(end);
    }
  });
});
tcp.maxConnections = maxConnections;

async function sendOver(socket: Socket, packet: Packet): Promise<void> {
  const message = streamEncode(packet);
  const cuts = values.split ? [0, 1, 2, 9, message.length] : [0, message.length];
  for (const [index, end] of cuts.slice(1).entries()) {
    socket.write(message.subarray(cuts[index], end));
    if (values.split) await sleep(5);
  }
}

udp.bind(port, values.listen, () => {
  if (values['udp-only']) printLine({ listening: port });
  else tcp.listen(port, values.listen, () => printLine({ listening: port }));
});
ended.addEventListener('abort', () => {
  udp.close();
  tcp.close();
  process.stdin.destroy();
  // Connections that clients keep open would hold the process.
  setImmediate(() => process.exit());
});
