import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { printLine } from './print-line.ts';
import { RequestReader } from './request-frame.ts';
import { untilOrphaned } from './until-orphaned.ts';

/**
 * Answers the requests of request-client.ts. `--listen ::` is a dual-stack listener: IPv4 clients arrive as
 * `::ffff:a.b.c.d`. Prints `{"listening": port}`, then its counts once a second.
 */
const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '::' },
    port: { type: 'string', default: '8080' },
    seconds: { type: 'string', default: '120' },
  },
});

const answer = Buffer.alloc(1024 * 1024);
const counts = { connections: 0, open: 0, requests: 0, bytes: 0 };

const server = createServer({ noDelay: true }, serve);
server.listen({ host: values.listen, port: Number(values.port) }, () => {
  const address = server.address();
  printLine({ listening: typeof address === 'object' ? address?.port : address });
});
const sockets = new Set<Socket>();
const reporting = setInterval(() => printLine({ at: Date.now(), ...counts }), 1000);

untilOrphaned(Number(values.seconds) * 1000).addEventListener('abort', () => {
  clearInterval(reporting);
  server.close();
  for (const socket of sockets) socket.destroy();
  process.stdin.destroy();
});

function serve(socket: Socket): void {
  counts.connections++;
  counts.open++;
  sockets.add(socket);
  const reader = new RequestReader();
  socket.on('data', (chunk) => {
    counts.bytes += chunk.length;
    for (const length of reader.read(chunk)) {
      counts.requests++;
      socket.write(answer.subarray(0, Math.min(length, answer.length)));
    }
  });
  // A reset by the client ends its connection and nothing else.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    counts.open--;
    sockets.delete(socket);
  });
}
