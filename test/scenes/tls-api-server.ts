import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { printLine } from '../lab/print-line.ts';
import { untilOrphaned } from '../lab/until-orphaned.ts';

/**
 * An API server over TLS: `tls-api-server.ts --cert FILE --key FILE`. SIGUSR1: from now on it takes connections and says
 * nothing on them, so that handshakes hang; what is connected goes on. SIGUSR2: as before. Prints `{"listening": PORT}`.
 */
const { values } = parseArgs({
  options: {
    cert: { type: 'string', default: '' },
    key: { type: 'string', default: '' },
    seconds: { type: 'string', default: '120' },
  },
});
let hanging = false;
const https = createHttpsServer(
  { cert: readFileSync(values.cert), key: readFileSync(values.key) },
  (_request, response) => response.end('ok'),
);
const tcp = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  if (!hanging) https.emit('connection', socket);
});

process
  .on('SIGUSR1', () => {
    hanging = true;
    printLine({ handshakes: 'hang' });
  })
  .on('SIGUSR2', () => {
    hanging = false;
    printLine({ handshakes: 'go on' });
  });
tcp.listen(0, '127.0.0.1', () => printLine({ listening: (tcp.address() as AddressInfo).port }));
untilOrphaned(Number(values.seconds) * 1000).addEventListener('abort', () => process.exit());
