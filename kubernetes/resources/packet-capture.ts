import { z } from 'zod';
import { age, type CustomResource } from './custom-resource.ts';

const name = z.string().min(1).max(300);

export const packetCaptureSpecSchema = z.object({
  pod: name.optional().describe('Of this namespace; or a workload.'),
  workload: name.optional().describe('`deployment/checkout`: the pod of it that talked to the peer last.'),
  peer: name.describe('Who it talks to, by name (`service/payments.shop`, a domain) or address.'),
  port: z.int().min(1).max(65_535).optional().describe('Only this service port.'),
  before_seconds: z.int().min(0).max(600).default(10).describe('Of what the flight recorder still holds.'),
  seconds: z.int().min(1).max(600).default(20).describe('From now on.'),
  max_bytes: z.int().min(1_000).max(1_000_000_000).default(20_000_000).describe('Of the file.'),
  ttl_seconds: z
    .int()
    .min(10)
    .max(2_592_000)
    .default(604_800)
    .describe('So long after its end this object is deleted, and its file with it.'),
});
export type PacketCaptureSpec = z.output<typeof packetCaptureSpecSchema>;

export const packetCapturePhases = ['Pending', 'Capturing', 'Completed', 'Failed'] as const;
export const packetCaptureStatusSchema = z.object({
  phase: z.enum(packetCapturePhases),
  message: z.string().describe('What it waits for, or why it failed.'),
  capture: z.string().describe('Its id with Saccade: `kubectl saccade captures get ID FILE`.'),
  node: z.string(),
  files: z.array(z.string()).max(8).describe('Paths of the console.'),
  bytes: z.int(),
  packets: z.int(),
  completed_at: z.string(),
  expires_at: z.string(),
});
export type PacketCaptureStatus = z.output<typeof packetCaptureStatusSchema>;

export const packetCapture: CustomResource = {
  kind: 'PacketCapture',
  plural: 'packetcaptures',
  scope: 'Namespaced',
  description: 'Packets between a pod of this namespace and a peer. Deleted, its file is deleted too.',
  spec: packetCaptureSpecSchema,
  unknownKeys: 'refused',
  validations: [
    { rule: 'has(self.pod) != has(self.workload)', message: 'name either a pod or a workload' },
    { rule: 'self == oldSelf', message: 'a capture cannot be changed: make another one' },
  ],
  status: packetCaptureStatusSchema,
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Peer', type: 'string', jsonPath: '.spec.peer' },
    { name: 'Packets', type: 'integer', jsonPath: '.status.packets' },
    { name: 'Bytes', type: 'integer', jsonPath: '.status.bytes' },
    { name: 'Expires', type: 'string', jsonPath: '.status.expires_at' },
    age,
  ],
};
