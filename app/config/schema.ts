import { hostname } from 'node:os';
import { z } from 'zod';
import { agentSettingsShape } from '../../agent/settings.ts';
import { factSourcesSchema, functionsSchema } from '../../functions/config-schema.ts';
import { captureStoreSchema } from '../../capture-store/config-schema.ts';
import { consoleSchema } from '../../console/config-schema.ts';
import { postgresSchema } from '../../history/postgres/config-schema.ts';
import { kubernetesSchema } from '../../kubernetes/config-schema.ts';
import { byteSizeSchema, durationSchema } from '../../source-text/quantity-schemas.ts';
import { ingestSchema, serverSchema } from '../../stream/http/config-schema.ts';
import { kafkaSchema } from '../../stream/kafka/config-schema.ts';

/**
 * The configuration file without its `notifications`, whose schema the notifiers own. Every key has a default: no
 * file at all is a working configuration.
 */
export const configSchema = z.strictObject({
  ...agentSettingsShape,
  cluster: z
    .string()
    .min(1)
    .default('local')
    .describe('Name of this cluster in every observation and alert.'),
  node: z
    .string()
    .min(1)
    .default(process.env['SACCADE_NODE'] ?? hostname())
    .meta({
      description: 'Name of this node in every observation and alert; in a cluster, that of its Node.',
      'x-default': 'environment variable `SACCADE_NODE`, else the host name',
    }),
  data: z.string().min(1).optional().meta({
    description: 'Folder for log, state, history and captures.',
    'x-default': 'as root `/var/lib/saccade`, else `~/.local/state/saccade`',
  }),
  listen: z
    .string()
    .default('127.0.0.1:9977')
    .describe('host:port of /metrics, /healthz and /readyz; port 0 takes a free one.'),
  console: consoleSchema,
  log_level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('What is logged, to standard error, as a line of JSON each.'),
  rules: z
    .strictObject({
      catalog: z.boolean().default(true).describe('Load the rules that Saccade ships (rules/catalog).'),
      files: z
        .array(z.string().min(1))
        .max(100)
        .default([])
        .describe('Rule files and overlays, or folders of them; relative to this file.'),
      learn: durationSchema.optional().describe('Replaces the learning period of every rule (trials, demo).'),
    })
    .prefault({}),
  functions: functionsSchema,
  facts: factSourcesSchema,
  kafka: kafkaSchema,
  server: serverSchema,
  ingest: ingestSchema,
  kubernetes: kubernetesSchema.describe(
    'Present: pods, services and nodes of the cluster are known by name. `{}` in a pod; outside one `{kubeconfig: FILE}`.',
  ),
  captures: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Run the flight recorder.'),
      store: captureStoreSchema,
      max_bytes: byteSizeSchema.prefault('20MB').describe('Largest single capture.'),
      max_total_bytes: byteSizeSchema.prefault('1GB').describe('Disk for all captures; the oldest go first.'),
      max_concurrent: z
        .int()
        .min(1)
        .max(64)
        .default(8)
        .describe('Captures that run at once; more wait for their turn, the most urgent first.'),
      ring_bytes: byteSizeSchema
        .prefault('32MiB')
        .describe('Memory of the flight recorder, for all processors together.'),
      snaplen: z
        .int()
        .min(0)
        .max(1536)
        .default(0)
        .describe(
          'Bytes of each packet kept from the request on; headers are always whole. 0: no payload (DNS excepted).',
        ),
    })
    .prefault({}),
  stream: z
    .strictObject({
      max_bytes: byteSizeSchema.prefault('1GB').describe('Disk for the event log.'),
      max_age: durationSchema
        .prefault('24h')
        .describe('How long events stay in the log: how far a replay reaches back.'),
    })
    .prefault({}),
  history: z
    .strictObject({
      observations_1s: durationSchema.prefault('24h').describe('How long rows of 1 s are kept.'),
      observations_1m: durationSchema.prefault('30d').describe('How long rows of 1 min are kept.'),
      alerts: durationSchema.prefault('365d').describe('How long alerts and what belongs to them are kept.'),
      max_bytes: byteSizeSchema.prefault('2GB').describe('Disk for observations; the oldest go first.'),
      postgres: postgresSchema.optional(),
    })
    .prefault({}),
});
export type Config = z.infer<typeof configSchema>;
