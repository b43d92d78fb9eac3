import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';

/** Who is observed. `workload` is `kind/name`: `deployment/checkout`, `netns/checkout`, `unit/nginx.service`, `container/3f2a…`. */
export const subjectSchema = z.object({
  cluster: z.string(),
  node: z.string(),
  namespace: z.string(),
  workload: z.string(),
  pod: z.string().optional(),
  container: z.string().optional(),
  /** Network namespace: `bpf_get_netns_cookie` as decimal digits; never reused within a boot. Not part of any key. */
  netns_cookie: z.string().optional(),
  /** Chosen labels of the workload, by configuration or from the cluster: `egress: strict`, `team: payments`. Not part of any key. */
  labels: z.record(z.string(), z.string()).optional(),
});
export type Subject = z.infer<typeof subjectSchema>;

export const peerKinds = ['workload', 'service', 'node', 'external', 'loopback', 'unknown'] as const;

/** On more nodes than these, whose packets would be those of an alert is anybody's guess. */
export const maxPeerNodes = 3;

/** The other end. `name` is its best stable identity (workload, service, domain as this client looked it up), else the address. */
export const peerSchema = z.object({
  kind: z.enum(peerKinds),
  name: z.string(),
  /** Without v4-mapped prefix. */
  ip: z.string(),
  /** The workload that owns the address or is alone behind it, also where `name` is a domain. Not part of any key. */
  workload: z.string().optional(),
  /** Of a workload or service of a cluster; `name` and `workload` end in it then. Not part of any key. */
  namespace: z.string().optional(),
  /** The workload's own port, where `service_port` is that of the service before it. Not part of any key. */
  target_port: z.number().int().min(1).max(65535).optional(),
  /** Where it runs, or what stands behind the service does, if that is on few nodes: who has its packets. Not part of any key. */
  nodes: z.array(z.string()).max(maxPeerNodes).optional(),
});
export type Peer = z.infer<typeof peerSchema>;

export const roles = ['client', 'server'] as const;
export type Role = (typeof roles)[number];

/** Over which protocol; where a record says none, it is TCP: agents knew no other until 0.2. */
export const protocols = ['tcp', 'udp'] as const;
export type Protocol = (typeof protocols)[number];

export const socketEvidenceSchema = z.object({
  /** `address:port`, IPv6 in brackets. */
  local: z.string(),
  remote: z.string(),
  state: z.string(),
  cause: z.string().optional(),
  cwnd: z.number().optional(),
  rtt_us: z.number().optional(),
  retransmits: z.number().optional(),
  pid: z.number().optional(),
  comm: z.string().optional(),
  executable: z.string().optional(),
  uid: z.number().optional(),
});
export type SocketEvidence = z.infer<typeof socketEvidenceSchema>;

/** A name that clients asked for, and what came of it. */
export const lookupEvidenceSchema = z.object({
  name: z.string(),
  /** `A`, `AAAA`, `SRV`, … */
  type: z.string(),
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, …, or `unanswered`. */
  outcome: z.string(),
  count: z.number().int().min(1),
  latency_us: z.number().optional(),
});
export type LookupEvidence = z.infer<typeof lookupEvidenceSchema>;

/** One request, or several alike. */
export const requestEvidenceSchema = z.object({
  target: z.string(),
  /** Protocol's own status (`200`, `503`), or the class of the error (`dns`, `connect`, `tls`, `timeout`, `reset`). */
  outcome: z.string(),
  count: z.number().int().min(1),
  /** How long each phase took: dns, connect, tls, first_byte, total. */
  phases_us: z.record(z.string(), z.number()).optional(),
  detail: z.string().optional(),
});
export type RequestEvidence = z.infer<typeof requestEvidenceSchema>;

/** A destination that was contacted. */
export const destinationEvidenceSchema = z.object({
  name: z.string(),
  ip: z.string(),
  service_port: z.number().int().min(0).max(65535),
  protocol: z.enum(protocols).optional(),
});
export type DestinationEvidence = z.infer<typeof destinationEvidenceSchema>;

export const evidenceSchema = z.object({
  sockets: z.array(socketEvidenceSchema).max(16),
  lookups: z.array(lookupEvidenceSchema).max(16).optional(),
  requests: z.array(requestEvidenceSchema).max(16).optional(),
  destinations: z.array(destinationEvidenceSchema).max(16).optional(),
  /** Of an alert whose key names no workload: who has the trouble, first come first; the first 16. */
  workloads: z.array(z.string()).max(16).optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const observationRowSchema = z.object({
  signal: z.string(),
  role: z.enum(roles),
  /** The server's port; the ephemeral one never enters a key. */
  service_port: z.number().int().min(0).max(65535),
  /** Absent: TCP. Part of a row's identity. */
  protocol: z.enum(protocols).optional(),
  peer: peerSchema,
  /** What of the peer was asked, where the signal tells several apart: a path, a host name. Part of a row's identity. */
  target: z.string().optional(),
  /**
   * Deltas since the row before of the same source and key, merged as the signal's catalogue entry says.
   * `name[bucket]` is a bucket of a sketch (signals/sketch.ts).
   */
  fields: z.record(z.string(), z.number()),
  evidence: evidenceSchema.optional(),
});
export type ObservationRow = z.infer<typeof observationRowSchema>;

/** One batch a workload and flush. What a candidate carried, the closing flush of its window does not repeat. */
export const observationBatchSchema = z.object({
  /** `start` of the aligned window; the rows cover the time since the last flush of it up to `elapsed_ms`. */
  window: z.object({ start: z.iso.datetime(), ms: z.number(), elapsed_ms: z.number() }),
  /** Flushed before the window's end because a gate tripped. */
  candidate: z.boolean(),
  subject: subjectSchema,
  /** The subject's workload has nothing left that runs on its node; what it still had to tell was told before. */
  ended: z.literal(true).optional(),
  rows: z.array(observationRowSchema),
});
export type ObservationBatch = z.infer<typeof observationBatchSchema>;

/** `source: /clusters/C/nodes/N`, `id: node/boot/seq` with seq counting up by source, `partitionkey: cluster/namespace/workload`. */
export type ObservationsEvent = CloudEvent<typeof observationsType, ObservationBatch>;
export const observationsType = 'io.saccade.observations.v1';
