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
});
export type Subject = z.infer<typeof subjectSchema>;

export const peerKinds = ['workload', 'service', 'node', 'external', 'loopback', 'unknown'] as const;

/** The other end. `name` is its best stable identity (workload, service, domain as this client looked it up), else the address. */
export const peerSchema = z.object({
  kind: z.enum(peerKinds),
  name: z.string(),
  /** Without v4-mapped prefix. */
  ip: z.string(),
  /** The workload on this machine that owns the address, also where `name` is a domain. Not part of any key. */
  workload: z.string().optional(),
});
export type Peer = z.infer<typeof peerSchema>;

export const roles = ['client', 'server'] as const;
export type Role = (typeof roles)[number];

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

export const evidenceSchema = z.object({ sockets: z.array(socketEvidenceSchema).max(16) });

export const observationRowSchema = z.object({
  signal: z.string(),
  role: z.enum(roles),
  /** The server's port; the ephemeral one never enters a key. */
  service_port: z.number().int().min(0).max(65535),
  peer: peerSchema,
  /** Deltas since the row before of the same source and key, merged as the signal's catalogue entry says. */
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
  rows: z.array(observationRowSchema),
});
export type ObservationBatch = z.infer<typeof observationBatchSchema>;

/** `source: /clusters/C/nodes/N`, `id: node/boot/seq` with seq counting up by source, `partitionkey: cluster/namespace/workload`. */
export type ObservationsEvent = CloudEvent<typeof observationsType, ObservationBatch>;
export const observationsType = 'io.saccade.observations.v1';
