import { randomUUID } from 'node:crypto';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';

/** Made once for a log and kept in it: offsets mean something only together with it. */
export function identityOf(log: EmbeddedLog, owner: string): string {
  for (const [key, value] of log.stages.entries(owner)) if (key === 'identity') return decoder.decode(value);
  const identity = randomUUID();
  log.transact(() => log.stages.apply(owner, [{ key: 'identity', value: encoder.encode(identity) }]));
  return identity;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
