import { z } from 'zod';
import { optionalText, port, section, yes } from './kubernetes-shapes.ts';

/** `postgres:` of the chart's values: a database of yours; the chart brings none. */
export const postgresValues = section('Your PostgreSQL, for the history; in any profile.', {
  secretName: optionalText(
    'Existing Secret with postgresql://USER:PASSWORD@HOST/DATABASE. Empty: the history is on the volume alone.',
  ),
  key: z.string().default('url').describe('Key in the Secret.'),
  migrate: yes(
    true,
    'Bring its tables up to date before each install and upgrade, as a hook. Otherwise run `saccade migrate` first.',
  ),
  port: port(5432, 'Its port, for `networkPolicy.restrictEgress`.'),
});

/** `captures:` of the chart's values. */
export const capturesValues = section('Where the files of captures are kept.', {
  s3: section(
    'An S3-compatible store. Without it: `small` keeps them on the server’s volume, the others leave them on their nodes.',
    {
      bucket: optionalText('Name of the bucket; it must exist. Empty: no such store.'),
      prefix: optionalText('Before the key of every object: captures/.'),
      region: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
      endpoint: optionalText('Of another store than AWS: https://minio.example.net:9000.'),
      secretName: optionalText(
        'Existing Secret with `access-key-id` and `secret-access-key`. Empty: as the AWS SDK finds them, such as by the service accounts.',
      ),
    },
  ),
});
