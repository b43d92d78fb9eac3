import { parseProcNetTcp, type ProcTcpSocket } from '../proc/proc-net-tcp.ts';
import { readBounded } from '../proc/read-bounded.ts';
import { parseIp } from './ip-address.ts';

const maxBytes = 1 << 20;
const maxAddresses = 256;

/**
 * Addresses of the interfaces in the network namespace of a process, without loopback and link-local ones, which
 * every namespace has.
 */
export function readAddresses(pid: number): readonly string[] {
  const v4 = parseFibTrie(readBounded(`/proc/${pid}/net/fib_trie`, maxBytes) ?? '');
  const v6 = parseIfInet6(readBounded(`/proc/${pid}/net/if_inet6`, maxBytes) ?? '');
  const all = [...v4, ...v6].filter((ip) => parseIp(ip).scope === 'other' && !ip.startsWith('fe80:'));
  return [...new Set(all)].slice(0, maxAddresses);
}

/** TCP sockets in the network namespace of a process; of very many, the first. */
export function readTcpSockets(pid: number): readonly ProcTcpSocket[] {
  return ['tcp', 'tcp6'].flatMap((table) => [
    ...parseProcNetTcp(readBounded(`/proc/${pid}/net/${table}`, maxBytes) ?? ''),
  ]);
}

/** Own addresses are the leaves marked `/32 host LOCAL`. */
export function parseFibTrie(text: string): readonly string[] {
  const leaves = text.matchAll(/\|-- ([\d.]+)\n(?:\s+\/\d+ [^\n]*\n)*?\s+\/32 host LOCAL/g);
  return [...leaves].map(([, ip = '']) => ip);
}

/** Lines begin with the address as 32 hexadecimal digits. */
export function parseIfInet6(text: string): readonly string[] {
  const lines = text.matchAll(/^([0-9a-f]{32}) /gm);
  return [...lines].map(([, hex = '']) => parseIp((hex.match(/.{4}/g) ?? []).join(':')).text);
}
