import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { printLine } from '../../test/lab/print-line.ts';

/**
 * Opens, asks, is answered, closes, opens again, on `--concurrency` connections at once (closed loop), in turn over
 * the ports. Prints `{"connections": N, "failures": N, "seconds": S, "cpu_seconds": S}` at its end.
 */
const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    ports: { type: 'string', default: '8080' },
    concurrency: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '5' },
  },
});
const host = values.target ?? '';
const ports = values.ports.split(',').map(Number);
const question = Buffer.alloc(200);
const counts = { connections: 0, failures: 0 };
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
const endsAt = startedAt + Number(values.seconds) * 1000;
let open = 0;
let turn = 0;

for (let n = 0; n < Number(values.concurrency); n++) next();

function next(): void {
  if (performance.now() >= endsAt) {
    if (open === 0) report();
    return;
  }
  open++;
  const socket = connect({ host, port: ports[turn++ % ports.length] ?? 0, noDelay: true });
  socket.on('connect', () => socket.write(question));
  socket.resume();
  socket.on('error', () => counts.failures++);
  socket.on('close', (failed) => {
    open--;
    if (!failed) counts.connections++;
    next();
  });
}

function report(): void {
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedAt) / 1000;
  printLine({ ...counts, seconds, cpu_seconds: (user + system) / 1e6 });
}
