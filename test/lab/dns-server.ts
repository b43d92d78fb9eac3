import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';
import { AUTHORITATIVE_ANSWER, type Answer, decode, encode, type Question } from 'dns-packet';
import { printLine } from './print-line.ts';
import { untilOrphaned } from './until-orphaned.ts';

/**
 * A name server for the lab (RFC 1035, over UDP): `dns-server.ts --listen ADDRESS name=address …`. Other names do
 * not exist (NXDOMAIN); a name without an address of the asked family has an empty answer. Prints
 * `{"listening": 53}` and a line for each question.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { listen: { type: 'string', default: '0.0.0.0' }, seconds: { type: 'string', default: '120' } },
});
const nxdomain = 3;
const ttlSeconds = 5;
const zone = Map.groupBy(
  positionals.map((record) => record.split('=', 2) as [string, string]),
  ([name]) => name,
);

const socket = createSocket(isIPv6(values.listen) ? 'udp6' : 'udp4');
socket.on('message', (message, client) => {
  const query = decode(message);
  const [question] = query.questions ?? [];
  if (query.type !== 'query' || question === undefined) return;
  const name = question.name.toLowerCase();
  const answers = answersTo(question, name);
  const flags = AUTHORITATIVE_ANSWER | (zone.has(name) ? 0 : nxdomain);
  printLine({ asked: name, type: question.type, answers: answers.length });
  socket.send(
    encode({ type: 'response', id: query.id ?? 0, flags, questions: [question], answers }),
    client.port,
    client.address,
  );
});
socket.bind(53, values.listen, () => printLine({ listening: 53 }));
untilOrphaned(Number(values.seconds) * 1000).addEventListener('abort', () => {
  socket.close();
  process.stdin.destroy();
});

function answersTo(question: Question, name: string): Answer[] {
  const addresses = (zone.get(name) ?? []).map(([, address]) => address);
  const type = question.type === 'AAAA' ? 'AAAA' : 'A';
  if (type !== question.type) return [];
  return addresses
    .filter((address) => isIPv6(address) === (type === 'AAAA'))
    .map((data) => ({ type, name: question.name, ttl: ttlSeconds, class: 'IN', data }));
}
