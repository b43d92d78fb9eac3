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
  readonly #known = new LRUCache<string, Resolver>({ max: maxResolvers });

  of({ server, ipVersion, serverPort }: DnsEvent): Resolver {
    const key = `${serverPort}/${Buffer.from(server.buffer, server.byteOffset, ipVersion === 4 ? 4 : 16).toString('latin1')}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const ip = ipText(server, ipVersion);
    const resolver = { ip, port: serverPort, isLoopback: ip.startsWith('127.') || ip === '::1' };
    this.#known.set(key, resolver);
    return resolver;
  }
}
