import { shortHash } from '../group-key.ts';

/** `<HASH.saccade@example.com>`: the same in every attempt at a delivery, so that mail servers can drop a repeat. */
export function messageIdOf(receiver: string, deliveryId: string, from: string): string {
  return `<${shortHash(receiver, deliveryId)}.saccade@${domainOf(from)}>`;
}

/** Of `On call <oncall@example.com>`: example.com. */
function domainOf(address: string): string {
  const [, domain = 'localhost'] = /@([^\s<>@]+)>?$/u.exec(address) ?? [];
  return domain;
}
