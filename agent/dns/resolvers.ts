import { LRUCache } from 'lru-cache';
import { ipText } from '../probes/ip-text.ts';
import type { DnsEvent } from './dns-event.ts';

/** Whom a client asks: one object for one address and port while it is in use. */
export interface Resolver {
  readonly ip: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

const maxResolvers = 4_096;

/** Text of an address is made once, not for every packet. */
export class Resolvers {
  readonly #known = new LRUCache<number | string, Resolver>({ max: maxResolvers });

  of(event: DnsEvent): Resolver {
    const key = keyOf(event);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { server, ipVersion, serverPort } = event;
    const ip = ipText(server, ipVersion);
    const resolver = { ip, port: serverPort, isLoopback: ip.startsWith('127.') || ip === '::1' };
    this.#known.set(key, resolver);
    return resolver;
  }
}

/** A number for IPv4: cheaper than a text, and nearly all. */
function keyOf(event: DnsEvent): number | string {
  if (event.ipVersion === 4) return event.serverPort * 2 ** 32 + event.serverHead;
  return `${event.serverPort}/${Buffer.from(event.server).toString('latin1')}`;
}
