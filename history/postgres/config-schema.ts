import { z } from 'zod';

/** Where the history is kept as well, for other processes to read. */
export const postgresSchema = z
  .strictObject({
    url_file: z
      .string()
      .min(1)
      .optional()
      .describe('File that holds postgresql://USER:PASSWORD@HOST/DATABASE; relative to this file.'),
    url_env: z.string().min(1).optional().describe('Environment variable that holds it.'),
  })
  .refine((postgres) => (postgres.url_file === undefined) !== (postgres.url_env === undefined), {
    message: 'name either url_file or url_env',
  })
  .describe(
    'The history in PostgreSQL, for longer and for several; run `saccade migrate` first. Over Kafka `saccade record` writes it.',
  );
