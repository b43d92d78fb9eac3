import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { printLine } from './print-line.ts';
import { untilOrphaned } from './until-orphaned.ts';

/**
 * A resolver that asks another one, as systemd-resolved does: `dns-stub.ts --listen 127.0.0.53 --upstream ADDRESS`. It
 * asks twice, from a socket of its own for each question, and answers SERVFAIL when nobody answers within 2 × 500 ms.
 */
const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.53' },
    upstream: { type: 'string', default: '' },
    seconds: { type: 'string', default: '120' },
  },
});
const port = 53;
const servfail = 2;
const attempts = 2;
const patienceMs = 500;
const ended = untilOrphaned(Number(values.seconds) * 1000);
const stub = createSocket('udp4');

/** undefined: no answer. */
function askUpstream(query: Buffer): Promise<Buffer | undefined> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    let sent = 0;
    const attempt = (): void => {
      if (sent++ < attempts) socket.send(query);
      else finish(undefined);
    };
    const timer = setInterval(attempt, patienceMs);
    const finish = (answer: Buffer | undefined): void => {
      clearInterval(timer);
      socket.close();
      resolve(answer);
    };
    socket.on('error', () => undefined);
    socket.on('message', (answer) => finish(answer));
    socket.connect(port, values.upstream, attempt);
  });
}

stub.on('message', (query, client) => {
  const { id = 0, questions = [] } = decode(query);
  const own = encode({ type: 'query', id: (id + 1) & 0xffff, flags: RECURSION_DESIRED, questions });
  void askUpstream(own).then((answer) => {
    const failed = encode({ type: 'response', id, flags: servfail, questions });
    const response = answer === undefined ? failed : encode({ ...decode(answer), id });
    if (!ended.aborted) stub.send(response, client.port, client.address);
  });
});
stub.bind(port, values.listen, () => printLine({ listening: port }));
ended.addEventListener('abort', () => {
  stub.close();
  process.stdin.destroy();
});
