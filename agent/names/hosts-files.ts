import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { readBounded } from '../proc/read-bounded.ts';
import { parseIp } from './ip-address.ts';

export interface HostsFilesOptions {
  readonly nowMs: () => number;
  /** Where `hosts` and `netns/NAME/hosts` are. */
  readonly etcPath?: string;
  readonly maxFiles?: number;
  /** Between two looks at a file's time of change. */
  readonly recheckMs?: number;
}

interface HostsFile {
  readonly names: ReadonlyMap<string, string>;
  readonly changedMs: number;
  readonly checkedMs: number;
}

const maxFileBytes = 256 * 1024;
const maxEntries = 4_096;
const hostNamePattern = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/;

/**
 * Names by hosts file: that of the machine, and those that `ip netns exec` mounts over it in a named namespace. Where
 * a namespace has none of its own, its processes read the machine's.
 */
export class HostsFiles {
  readonly #nowMs: () => number;
  readonly #etcPath: string;
  readonly #recheckMs: number;
  readonly #files: LRUCache<string, HostsFile>;

  constructor(options: HostsFilesOptions) {
    this.#nowMs = options.nowMs;
    this.#etcPath = options.etcPath ?? '/etc';
    this.#recheckMs = options.recheckMs ?? 5_000;
    this.#files = new LRUCache({ max: options.maxFiles ?? 256 });
  }

  /** `netnsName`: under /run/netns; undefined: a namespace without a name. */
  nameOf(netnsName: string | undefined, ip: string): string | undefined {
    const own = netnsName === undefined ? undefined : this.#read(join('netns', netnsName, 'hosts'));
    const file = own !== undefined && own.changedMs > 0 ? own : this.#read('hosts');
    return file.names.get(ip);
  }

  #read(path: string): HostsFile {
    const nowMs = this.#nowMs();
    const known = this.#files.get(path);
    if (known !== undefined && nowMs - known.checkedMs < this.#recheckMs) return known;
    const file = this.#load(join(this.#etcPath, path), known, nowMs);
    this.#files.set(path, file);
    return file;
  }

  #load(path: string, known: HostsFile | undefined, nowMs: number): HostsFile {
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedMs === known?.changedMs) return { ...known, checkedMs: nowMs };
    const names = parseHosts(readBounded(path, maxFileBytes) ?? '');
    return { names, changedMs, checkedMs: nowMs };
  }
}

/** Address → its first, canonical name (hosts(5)); loopback has no use for one. */
export function parseHosts(text: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [address = '', name = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
    const { text: ip, scope } = parseIp(address);
    if (scope !== 'other' || names.has(ip) || !hostNamePattern.test(name)) continue;
    if (names.size >= maxEntries) break;
    names.set(ip, name.toLowerCase());
  }
  return names;
}
