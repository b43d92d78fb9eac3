import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printLine } from '../../../test/lab/print-line.ts';
import { untilOrphaned } from '../../../test/lab/until-orphaned.ts';

/**
 * Talks UDP. `--serve PORT` echoes what comes; else sends `--count` datagrams of `--bytes` bytes from each of
 * `--sockets` sockets to `--target` and `--port`, and prints how many came back when as many have.
 */
const { values } = parseArgs({
  options: {
    serve: { type: 'string' },
    target: { type: 'string', default: '' },
    port: { type: 'string', default: '443' },
    count: { type: 'string', default: '10' },
    bytes: { type: 'string', default: '100' },
    sockets: { type: 'string', default: '1' },
    /** Between two datagrams of one socket. */
    'gap-ms': { type: 'string', default: '0' },
    /** To so many ports from `port` on, each `count` datagrams; more than one: without waiting for anything. */
    ports: { type: 'string', default: '1' },
    /** Where to send from; 0: where the kernel likes. */
    local: { type: 'string', default: '0' },
    connected: { type: 'boolean', default: false },
    /** udp6 to ::ffff:a.b.c.d: an IPv4 packet of an IPv6 socket. */
    type: { type: 'string', default: 'udp4' },
    seconds: { type: 'string', default: '60' },
  },
});
const type = values.type === 'udp6' ? 'udp6' : 'udp4';
const [port, count, bytes] = [Number(values.port), Number(values.count), Number(values.bytes)];
const [ports, gapMs] = [Number(values.ports), Number(values['gap-ms'])];
const ending = untilOrphaned(Number(values.seconds) * 1_000);
const sockets: Socket[] = [];
ending.addEventListener('abort', () => {
  for (const socket of sockets) socket.close();
  process.stdin.destroy();
});

async function openSocket(localPort: number): Promise<Socket> {
  const socket = createSocket({ type });
  socket.bind(localPort);
  await once(socket, 'listening');
  sockets.push(socket);
  return socket;
}

async function talk(): Promise<number> {
  const socket = await openSocket(Number(values.local));
  let received = 0;
  const isAnswered = new Promise<void>((resolve) => {
    socket.on('message', () => {
      if (++received === count) resolve();
    });
  });
  if (values.connected) {
    socket.connect(port, values.target);
    await once(socket, 'connect');
  }
  const payload = Buffer.alloc(bytes, 'x');
  const send = (to: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const onSent = (error: Error | null): void => (error === null ? resolve() : reject(error));
      if (values.connected) socket.send(payload, onSent);
      else socket.send(payload, to, values.target, onSent);
    });
  for (let to = port; to < port + ports; to++)
    for (let n = 0; n < count && !ending.aborted; n++) {
      await send(to);
      if (gapMs > 0) await delay(gapMs, undefined, { ref: false });
    }
  if (ports === 1) await isAnswered;
  return received;
}

if (values.serve !== undefined) {
  const socket = await openSocket(Number(values.serve));
  socket.on('message', (message, from) => socket.send(message, from.port, from.address));
  printLine({ listening: true });
} else {
  const received = await Promise.all(Array.from({ length: Number(values.sockets) }, talk));
  printLine({ done: true, received });
}
