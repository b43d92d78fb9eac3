import { z } from 'zod';
import { byteSizeSchema } from '../../source-text/quantity-schemas.ts';

const pathSchema = z.string().min(1).optional();

const connectionShape = {
  url: z.url({ protocol: /^https?$/ }).describe('Of the server’s ingest: https://saccade.example.net:9979.'),
  token_file: pathSchema.describe('File that holds the token of the server’s ingest; relative to this file.'),
  token_env: pathSchema.describe('Environment variable that holds the token.'),
  ca_file: pathSchema.describe('PEM of the authority that signed the server; default: those of Node.'),
  cert_file: pathSchema.describe('PEM of the client certificate, with key_file; it names the node.'),
  key_file: pathSchema.describe('PEM of its key.'),
  server_name: z
    .string()
    .min(1)
    .optional()
    .describe('Name to expect in the certificate, where it is not that of the URL.'),
};

interface Credentials {
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly token_file?: string | undefined;
  readonly token_env?: string | undefined;
}

const certificateIsWhole = (one: Credentials): boolean =>
  (one.cert_file === undefined) === (one.key_file === undefined);
const tokenIsOne = (one: Credentials): boolean => one.token_file === undefined || one.token_env === undefined;
const certificateMessage = { message: 'cert_file and key_file go together' };
const tokenMessage = { message: 'name either token_file or token_env' };

export const serverConnectionSchema = z
  .strictObject(connectionShape)
  .refine(certificateIsWhole, certificateMessage)
  .refine(tokenIsOne, tokenMessage);
export type ServerConnectionConfig = z.infer<typeof serverConnectionSchema>;

/** For `saccade agent`: the server that it reports to. */
export const serverSchema = z
  .strictObject({
    ...connectionShape,
    spool_bytes: byteSizeSchema
      .prefault('256MB')
      .describe('Disk of an agent for the time without a server; beyond it quiet observations go first.'),
  })
  .refine(certificateIsWhole, certificateMessage)
  .refine(tokenIsOne, tokenMessage)
  .optional();
export type ServerConfig = NonNullable<z.infer<typeof serverSchema>>;

const ingestTlsSchema = z.strictObject({
  cert_file: z.string().min(1).describe('PEM of the server’s certificate and its chain.'),
  key_file: z.string().min(1).describe('PEM of its key.'),
  client_ca_file: pathSchema.describe(
    'PEM of the authority whose client certificates are taken; the common name is the node.',
  ),
});

/** For `saccade server`: where agents report; and for `saccade notify`, if it shall take their capture files. */
export const ingestSchema = z
  .strictObject({
    listen: z
      .string()
      .default('127.0.0.1:9979')
      .describe('host:port for agents; beyond this machine it needs a token or client certificates.'),
    token_file: pathSchema.describe(
      'File that holds the token that agents show; read anew for each request.',
    ),
    token_env: pathSchema.describe('Environment variable that holds the token.'),
    tls: ingestTlsSchema.optional().describe('Present: agents connect over https.'),
  })
  .refine(tokenIsOne, tokenMessage)
  .optional();
export type IngestConfig = NonNullable<z.infer<typeof ingestSchema>>;
