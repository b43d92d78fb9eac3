import { parseIp } from '../names/ip-address.ts';

/** One line of /proc/net/tcp or tcp6, see proc_net_tcp(5) and net/ipv4/tcp_ipv4.c, get_tcp4_sock. */
export interface ProcTcpSocket {
  /** Without v4-mapped prefix. */
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;
  /** The kernel's number: 1 ESTABLISHED, 2 SYN_SENT, 10 LISTEN, … */
  readonly state: number;
  /** 1: the retransmission timer runs. 4: the zero window probe timer runs. */
  readonly timer: number;
  /** Retransmission time-outs in a row without an answer. */
  readonly unansweredTimeouts: number;
  readonly uid: number;
  readonly inode: number;
}

const linePattern =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) [0-9A-F]+:[0-9A-F]+ ([0-9A-F]{2}):[0-9A-F]+ ([0-9A-F]{8})\s+(\d+)\s+\d+ (\d+)/;

/** Skips lines that are none of a socket (the heading, one cut short). */
export function* parseProcNetTcp(text: string): Generator<ProcTcpSocket> {
  for (const line of text.split('\n')) {
    const fields = linePattern.exec(line);
    if (fields === null) continue;
    const [, local = '', localPort = '', remote = '', remotePort = ''] = fields;
    const [state = '', timer = '', timeouts = '', uid = '', inode = ''] = fields.slice(5);
    yield {
      localIp: decodeIp(local),
      localPort: parseInt(localPort, 16),
      remoteIp: decodeIp(remote),
      remotePort: parseInt(remotePort, 16),
      state: parseInt(state, 16),
      timer: parseInt(timer, 16),
      unansweredTimeouts: parseInt(timeouts, 16),
      uid: Number(uid),
      inode: Number(inode),
    };
  }
}

/** 32-bit words in host order, which is little-endian wherever we run. */
function decodeIp(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return parseIp(groups.join(':')).text;
}
