import type { CaptureSelector } from '../stream/events/capture.ts';
import type { Transition } from '../stream/events/transition.ts';

const maxPeerIps = 32;

/** `192.0.2.1:443` → `192.0.2.1`, `[2001:db8::1]:443` → `2001:db8::1`; without the v4-mapped prefix. */
export function addressOf(endpoint: string): string {
  const bracketed = /^\[(.*)\]:\d+$/.exec(endpoint)?.[1];
  const address = bracketed ?? endpoint.slice(0, endpoint.lastIndexOf(':'));
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** What to catch for an alert: its subject and peer, with every address of the peer that the evidence names. */
export function selectorOf(transition: Transition): CaptureSelector | undefined {
  const { subject, peer, role, service_port: servicePort, evidence } = transition;
  if (!peer || !role || servicePort === null) return undefined;
  const remotes = (evidence?.sockets ?? []).map(({ remote }) => addressOf(remote));
  const addresses = [...new Set([peer.ip, ...remotes])].filter((ip) => ip !== '').slice(0, maxPeerIps);
  return { subject, peer, peer_ips: addresses, role, service_port: servicePort };
}
