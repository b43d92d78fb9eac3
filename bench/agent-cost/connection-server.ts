import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { printLine } from '../../test/lab/print-line.ts';
import { untilOrphaned } from '../../test/lab/until-orphaned.ts';

/** Answers the first bytes of every connection and closes it. Prints `{"listening": port}` for each port. */
const { values } = parseArgs({
  options: {
    ports: { type: 'string', default: '8080' },
    seconds: { type: 'string', default: '900' },
  },
});
const answer = Buffer.alloc(200);

const servers = values.ports.split(',').map((port) =>
  createServer({ noDelay: true }, (socket) => {
    socket.once('data', () => socket.end(answer));
    socket.on('error', () => socket.destroy());
  }).listen({ host: '::', port: Number(port), backlog: 4096 }, () => printLine({ listening: Number(port) })),
);
untilOrphaned(Number(values.seconds) * 1000).addEventListener('abort', () => {
  for (const server of servers) server.close();
  process.stdin.destroy();
  process.exit();
});
