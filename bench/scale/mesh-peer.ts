import { Resolver } from 'node:dns/promises';
import { connect, createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { printLine } from '../../test/lab/print-line.ts';
import { untilOrphaned } from '../../test/lab/until-orphaned.ts';

/**
 * One pod among others: answers who asks, asks all `--targets` over one connection each, `--rate` times a second, and looks a
 * name up once a second. Prints `{"listening": port}`, and `{"asking": n}` once all its connections stand.
 */
const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '' },
    port: { type: 'string', default: '8080' },
    rate: { type: 'string', default: '10' },
    resolver: { type: 'string', default: '' },
    name: { type: 'string', default: 'peer.example.com' },
    seconds: { type: 'string', default: '120' },
  },
});
const port = Number(values.port);
const targets = values.targets.split(',').filter((target) => target !== '');
const question = Buffer.alloc(200);
const ending = untilOrphaned(Number(values.seconds) * 1000);
const retryMs = 200;
let asking = 0;

createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(question));
  socket.on('error', () => socket.destroy());
}).listen({ host: '::', port }, () => printLine({ listening: port }));
for (const target of targets) ask(target);
if (values.resolver !== '') setInterval(() => void lookUp(), 1000);
ending.addEventListener('abort', () => process.exit());

function ask(host: string): void {
  const socket = connect({ host, port, noDelay: true });
  let timer: NodeJS.Timeout | undefined;
  socket.on('connect', () => {
    asking += 1;
    if (asking === targets.length) printLine({ asking });
    timer = setInterval(() => socket.write(question), 1000 / Number(values.rate));
  });
  socket.resume();
  socket.on('error', () => socket.destroy());
  // The others may not listen yet.
  socket.on('close', () => {
    clearInterval(timer);
    setTimeout(() => ask(host), retryMs);
  });
}

async function lookUp(): Promise<void> {
  const resolver = new Resolver();
  resolver.setServers([values.resolver]);
  // An answer that does not come is for the agent to tell.
  await resolver.resolve4(values.name).catch((error: Error) => printLine({ lookup: error.message }));
}
