import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';
import { peerSchema, roles, subjectSchema } from './observation.ts';

/** What to catch, by typed fields only (never a free-text filter). */
export const captureSelectorSchema = z.object({
  subject: subjectSchema,
  peer: peerSchema,
  /** All addresses of the peer that the evidence names. */
  peer_ips: z.array(z.string()).max(32),
  role: z.enum(roles),
  service_port: z.number().int().min(0).max(65535),
});
export type CaptureSelector = z.infer<typeof captureSelectorSchema>;

export const captureRequestSchema = z.object({
  id: z.string(),
  /** null: asked for by a person. */
  alert: z
    .object({ fingerprint: z.string(), episode: z.number(), rule_id: z.string(), summary: z.string() })
    .nullable(),
  requested_by: z.string(),
  requested_at_ms: z.number(),
  node: z.string(),
  selector: captureSelectorSchema,
  before_ms: z.number(),
  during_ms: z.number(),
  max_bytes: z.number(),
  cooldown_ms: z.number(),
  /** Who goes first where not all can run at once: the higher; absent: before all others. */
  urgency: z.number().optional(),
});
export type CaptureRequest = z.infer<typeof captureRequestSchema>;
export const captureRequestedType = 'io.saccade.capture.requested.v1';
export type CaptureRequestedEvent = CloudEvent<typeof captureRequestedType, CaptureRequest>;

/** DNS over UDP: queries, and answers by what they say. */
export const dnsSummarySchema = z.object({
  queries: z.number(),
  /** Of the queries: the same from the same port, once more. */
  repeated: z.number(),
  answers: z.number(),
  noerror: z.number(),
  nxdomain: z.number(),
  servfail: z.number(),
  refused: z.number(),
  other_errors: z.number(),
  truncated: z.number(),
  /** Questions of which no answer is in the capture. */
  unanswered: z.number(),
  /** Queries after the last answer. */
  since_last_answer: z.number().optional(),
});
export type DnsSummary = z.infer<typeof dnsSummarySchema>;

/**
 * The way on which packets got lost, as the captured end sees it: its own data, the peer's, or both. `silent`: what was
 * sent again was not answered, which alone does not tell the one from the other.
 */
export const lostWays = ['to_peer', 'from_peer', 'both', 'silent'] as const;
export type LostWay = (typeof lostWays)[number];

export const packetSummarySchema = z.object({
  packets: z.number(),
  bytes: z.number(),
  data_segments: z.number(),
  retransmissions: z.number(),
  duplicate_acks: z.number(),
  resets: z.number(),
  syns: z.number(),
  syn_retransmissions: z.number(),
  handshakes_completed: z.number(),
  zero_windows: z.number(),
  fins: z.number(),
  /** By direction of the data that was sent again: towards the peer, from the peer. */
  retransmissions_out: z.number(),
  retransmissions_in: z.number(),
  flows: z.number(),
  /** Absent: nothing shows it. */
  lost_way: z.enum(lostWays).optional(),
  /** The peer takes nothing: its receive window is closed. What is sent again to it is no loss. */
  peer_shut: z.boolean().optional(),
  /** Where packets of DNS were among them. */
  dns: dnsSummarySchema.optional(),
  /** One sentence that cites its counters, or starts with "unknown". */
  likely_cause: z.string(),
});
export type PacketSummary = z.infer<typeof packetSummarySchema>;

export const capturePhases = ['frozen', 'following', 'complete', 'failed', 'refused'] as const;

export const captureSchema = z.object({
  id: z.string(),
  alert: captureRequestSchema.shape.alert,
  phase: z.enum(capturePhases),
  /** Why it failed or was refused (cool-down, disk, number at once). */
  reason: z.string().nullable(),
  node: z.string(),
  selector: captureSelectorSchema,
  file: z.string().nullable(),
  bytes: z.number(),
  sha256: z.string().nullable(),
  packets_before: z.number(),
  packets_after: z.number(),
  /** Of the request's `before`, how much the recorder still held. */
  seconds_held: z.number(),
  first_packet_ms: z.number().nullable(),
  last_packet_ms: z.number().nullable(),
  /** true: a limit ended it early. */
  truncated: z.boolean(),
  summary: packetSummarySchema.nullable(),
});
export type Capture = z.infer<typeof captureSchema>;
export const captureType = 'io.saccade.capture.v1';
/** `id: captureId/phase`, `partitionkey: captureId`. */
export type CaptureEvent = CloudEvent<typeof captureType, Capture>;

/** What is told of a request that has no packets: not yet, or never. */
export function captureWithoutPackets(
  request: CaptureRequest,
  phase: Capture['phase'],
  reason: string | null,
): Capture {
  return {
    id: request.id,
    alert: request.alert,
    phase,
    reason,
    node: request.node,
    selector: request.selector,
    file: null,
    bytes: 0,
    sha256: null,
    packets_before: 0,
    packets_after: 0,
    seconds_held: 0,
    first_packet_ms: null,
    last_packet_ms: null,
    truncated: false,
    summary: null,
  };
}
