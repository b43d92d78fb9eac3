import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { durationSchema } from '../../source-text/quantity-schemas.ts';

const maxTargets = 16;
const maxPaths = 8;

const file = z.string().refine(isAbsolute, 'must be an absolute path');

const path = z
  .string()
  .max(512)
  .regex(/^\/[\x21-\x22\x24-\x7e]*$/, 'must begin with / and hold neither spaces nor #');

const url = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).refine(isBare, {
  error: 'takes scheme, host and port only: paths belong into `paths`, a token into `token_file`',
});

/** An API server to ask. Files are read anew while it runs, so a rotated token or CA takes effect by itself. */
const targetSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits, dots and hyphens')
      .describe('What alerts and history call it; part of their keys.'),
    url: url.describe('Scheme, host and port, e.g. `https://192.0.2.10:6443`.'),
    ca_file: file
      .optional()
      .describe('PEM with the authorities that sign its certificate; else those of the system.'),
    server_name: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Name in its certificate, if not the host’s.'),
    token_file: file.optional().describe('Bearer token, read anew for each round.'),
    client_cert_file: file.optional().describe('PEM of a client certificate.'),
    client_key_file: file.optional().describe('PEM of its key.'),
    paths: z
      .array(path)
      .min(1)
      .max(maxPaths)
      .default(['/readyz', '/api/v1/namespaces?limit=1'])
      .describe('What to ask it: something cheap, and a small list that needs its storage.'),
  })
  .check(({ value, issues }) => {
    for (const message of contradictions(value)) issues.push({ code: 'custom', input: value, ...message });
  });

/** `apiserver:` of the configuration file. */
export const apiServerSettingsSchema = z
  .strictObject({
    interval: durationSchema
      .refine((ms) => ms >= 200 && ms <= 300_000, 'must lie between 200ms and 5m')
      .optional()
      .meta({
        description:
          'How often each path is asked, on a kept connection and on a fresh one. Every node does so: mind their number.',
        'x-default': '1s; 10s for the API server of the own cluster',
      }),
    timeout: durationSchema
      .refine((ms) => ms >= 100 && ms <= 60_000, 'must lie between 100ms and 1m')
      .prefault('5s')
      .describe('An answer that takes longer is a failure, and counts as that slow.'),
    targets: z
      .array(targetSchema)
      .max(maxTargets)
      .refine(haveDistinctNames, 'two targets have one name')
      .default([])
      .describe(
        'API servers to ask; none: in a pod, those of its cluster, by their Service and each by itself, else nothing is watched.',
      ),
  })
  .prefault({});
export type ApiServerSettings = z.output<typeof apiServerSettingsSchema>;
export type ApiServerTargetSettings = ApiServerSettings['targets'][number];

/** What is no URL is told as such, and not twice. */
function isBare(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, pathname, search, hash } = new URL(text);
  return username === '' && password === '' && pathname === '/' && search === '' && hash === '';
}

function haveDistinctNames(targets: readonly { readonly name: string }[]): boolean {
  return new Set(targets.map(({ name }) => name)).size === targets.length;
}

interface Contradiction {
  readonly path: string[];
  readonly message: string;
}

function* contradictions(target: {
  readonly url: string;
  readonly token_file?: string | undefined;
  readonly client_cert_file?: string | undefined;
  readonly client_key_file?: string | undefined;
}): Generator<Contradiction> {
  const { token_file, client_cert_file, client_key_file } = target;
  if (token_file !== undefined && target.url.startsWith('http:'))
    yield { path: ['token_file'], message: 'a token is not sent over http: use https' };
  if (client_cert_file !== undefined && client_key_file === undefined)
    yield { path: ['client_cert_file'], message: 'needs client_key_file beside it' };
  if (client_key_file !== undefined && client_cert_file === undefined)
    yield { path: ['client_key_file'], message: 'needs client_cert_file beside it' };
}
