import { readFileSync } from 'node:fs';

const ofIpv4 = '/proc/thread-self/net/sockstat';
/** Not there where the kernel does without IPv6. */
const ofIpv6 = '/proc/thread-self/net/sockstat6';

/**
 * Whether the network namespace that this thread is in holds a TCP socket (`inuse` of /proc/net/sockstat: connected or
 * listening). Unknown counts as yes.
 */
export function holdsTcpSockets(): boolean {
  return tcpInUse(readText(ofIpv4)) !== 0 || (tcpInUse(readText(ofIpv6)) ?? 0) > 0;
}

/** undefined: the file does not say. */
export function tcpInUse(text: string | undefined): number | undefined {
  const figure = /^TCP6?: inuse (\d+)/m.exec(text ?? '')?.[1];
  return figure === undefined ? undefined : Number(figure);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
