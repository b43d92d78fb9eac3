import { request } from 'node:https';
import { z } from 'zod';
import { type Credentials, readCredentials } from './credentials.ts';
import { ownSlicePath } from './own-slice.ts';
import type { ApiServerTarget } from './target.ts';

/** Where one API server of the cluster listens. */
export interface ApiServerEndpoint {
  readonly ip: string;
  readonly port: number;
}

const maxBodyBytes = 256 * 1024;
const maxEndpoints = 16;
const timeoutMs = 5_000;

const sliceSchema = z.looseObject({
  endpoints: z
    .array(
      z.looseObject({
        addresses: z.array(z.union([z.ipv4(), z.ipv6()])),
        conditions: z.looseObject({ ready: z.boolean().nullish() }).optional(),
      }),
    )
    .nullish(),
  ports: z
    .array(z.looseObject({ name: z.string().nullish(), port: z.number().int().min(1).max(65_535).nullish() }))
    .nullish(),
});

/** The API servers behind `target`, the Service of the own cluster. Rejects where they cannot be told. */
export async function readOwnEndpoints(target: ApiServerTarget): Promise<readonly ApiServerEndpoint[]> {
  const credentials = await readCredentials(target);
  return parseSlice(await get(new URL(ownSlicePath, target.url), credentials));
}

export function parseSlice(text: string): readonly ApiServerEndpoint[] {
  const { endpoints, ports } = sliceSchema.parse(JSON.parse(text));
  const port = ports?.find(({ name }) => name === 'https')?.port ?? ports?.[0]?.port;
  if (port === undefined || port === null) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1))
    .map((ip) => ({ ip, port }))
    .slice(0, maxEndpoints);
}

/** Not by `sendTimedRequest`: that one measures, and reads no answer. */
function get(url: URL, { token, secureContext }: Credentials): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      ...(secureContext !== undefined && { secureContext }),
      rejectUnauthorized: true,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: 'application/json',
        'user-agent': 'saccade',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    asked.on('error', reject).on('response', (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer
        .on('error', reject)
        .on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > maxBodyBytes) asked.destroy(new Error(`more than ${maxBodyBytes} bytes`));
          chunks.push(chunk);
        })
        .on('end', () => {
          if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`GET ${ownSlicePath}: ${answer.statusCode}`));
        });
    });
    asked.end();
  });
}
