import { z } from 'zod';
import { serverConnectionSchema } from '../stream/http/config-schema.ts';

const text = z.string().min(1);

const s3Schema = z
  .strictObject({
    bucket: text.describe('Name of the bucket; it must exist.'),
    prefix: z.string().default('').describe('Before the key of every object: captures/.'),
    region: text.default('us-east-1').describe('Region of the bucket.'),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Of another store than AWS: https://minio.example.net:9000.'),
    path_style: z
      .boolean()
      .optional()
      .describe('Bucket in the path and not in the host name; default: yes where endpoint is set.'),
    access_key_id_file: text.optional().describe('File that holds the id of the key; relative to this file.'),
    access_key_id_env: text.optional().describe('Environment variable that holds it.'),
    secret_access_key_file: text.optional().describe('File that holds the secret of the key.'),
    secret_access_key_env: text.optional().describe('Environment variable that holds it.'),
  })
  .refine(
    (s3) =>
      hasOne(s3.access_key_id_file, s3.access_key_id_env) ===
      hasOne(s3.secret_access_key_file, s3.secret_access_key_env),
    { message: 'the id of the key and its secret go together; neither: as the AWS SDK finds them' },
  );
export type S3Config = z.infer<typeof s3Schema>;

/** `captures.store`: where agents bring the files of captures, if not to the server that they report to. */
export const captureStoreSchema = z
  .strictObject({
    s3: s3Schema
      .optional()
      .describe('An S3-compatible object store. Its life cycle rules delete old captures.'),
    server: serverConnectionSchema
      .optional()
      .describe('The ingest of `saccade notify`, for agents over Kafka.'),
  })
  .refine((store) => (store.s3 === undefined) !== (store.server === undefined), {
    message: 'name either s3 or server',
  })
  .optional();

function hasOne(file: string | undefined, environment: string | undefined): boolean {
  return (file ?? environment) !== undefined;
}
