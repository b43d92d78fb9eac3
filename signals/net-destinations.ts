import { defineSignal } from './define-signal.ts';

/** Where workloads connect to outside of their own network. */
export const netDestinations = defineSignal({
  id: 'net.destinations',
  description:
    'Contacts of clients with destinations outside, by registered domain (else prefix /24 or /48), service port and protocol (TCP; `protocol: udp` is UDP: QUIC, NTP, VPNs of programs). Told at the first contact and about every ten seconds while it lasts.',
  fields: {
    contacts: {
      unit: 'connections',
      merge: 'sum',
      description: 'Connections established; over UDP, sockets that began to send there.',
    },
    bytes_sent: { unit: 'bytes', merge: 'sum', description: 'Payload sent there.' },
    bytes_received: { unit: 'bytes', merge: 'sum', description: 'Payload received from there.' },
  },
  measures: {
    contacts: {
      phrase: 'made',
      numerator: 'contacts',
      unit: 'connections',
      description: 'Connections established.',
    },
    bytes_sent: {
      phrase: 'sent',
      numerator: 'bytes_sent',
      unit: 'bytes',
      description: 'Payload sent there.',
    },
  },
  priors: {},
});
