import { once } from 'node:events';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { connect } from 'node:http2';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printLine } from '../../../test/lab/print-line.ts';
import { untilOrphaned } from '../../../test/lab/until-orphaned.ts';

/** Asks api-server.ts, one request after the other, and prints `{"done": requests}` at the end. */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    count: { type: 'string', default: '1' },
    /** Connections: `kept` for all requests, or a `fresh` one for each. */
    connection: { type: 'string', default: 'kept' },
    kind: { type: 'string', default: 'request' },
    body: { type: 'string', default: '0' },
    /** The client gives up after so many ms. */
    timeout: { type: 'string', default: '30000' },
    pause: { type: 'string', default: '0' },
    /** How late each answer shall be, ms, one after the other and again from the first: `20,20,600`. */
    delays: { type: 'string', default: '' },
    tls: { type: 'string', default: 'TLSv1.3' },
    /** Protocols offered by ALPN. */
    alpn: { type: 'string', default: 'http/1.1' },
  },
});

const ending = untilOrphaned(120_000);
ending.addEventListener('abort', () => process.exit(0));
const keepAlive = values.connection === 'kept';
const isSecure = values.url.startsWith('https:');
const agent = isSecure
  ? new HttpsAgent({ keepAlive, maxSockets: 1 })
  : new HttpAgent({ keepAlive, maxSockets: 1 });
const maxVersion = values.tls === 'TLSv1.2' ? 'TLSv1.2' : 'TLSv1.3';
const ALPNProtocols = values.alpn.split(',');
const common = { agent, rejectUnauthorized: false, maxVersion, ALPNProtocols } as const;

async function ask(url: string): Promise<void> {
  const body = Buffer.alloc(Number(values.body));
  const send = isSecure ? requestHttps : requestHttp;
  const method = body.length > 0 ? 'POST' : 'GET';
  const request = send(url, {
    ...common,
    method,
    signal: AbortSignal.timeout(Number(values.timeout)),
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  response.resume();
  await once(response, 'end');
}

/** Speaks and listens at the same time. */
async function talk(): Promise<void> {
  const send = isSecure ? requestHttps : requestHttp;
  const headers = { connection: 'Upgrade', upgrade: 'websocket' };
  const request = send(values.url, { ...common, headers }).end();
  const [, socket] = (await once(request, 'upgrade')) as [unknown, NodeJS.ReadWriteStream];
  socket.resume();
  for (let frame = 0; frame < Number(values.count); frame++) {
    socket.write('a frame');
    await sleep(50);
  }
}

async function multiplex(): Promise<void> {
  const session = connect(values.url, { rejectUnauthorized: false });
  for (let count = 0; count < Number(values.count); count++) {
    const stream = session.request({ ':path': '/?delay=20' });
    await once(stream.resume(), 'end');
  }
}

function urlOf(count: number): string {
  const delays = values.delays.split(',');
  return values.delays === '' ? values.url : `${values.url}/?delay=${delays[count % delays.length]}`;
}

async function run(): Promise<void> {
  if (values.kind === 'talk') return talk();
  if (values.kind === 'multiplex') return multiplex();
  for (let count = 0; count < Number(values.count); count++) {
    await ask(urlOf(count)).catch((error: Error) => printLine({ failed: error.message }));
    printLine({ asked: count + 1 });
    await sleep(Number(values.pause));
  }
}

await run();
printLine({ done: Number(values.count) });
