import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import type { Secret } from '../source-text/secret.ts';
import { captureFileName } from './capture-name.ts';
import type { S3Config } from './config-schema.ts';

export interface S3StoreOptions {
  readonly config: Pick<S3Config, 'bucket' | 'prefix' | 'region' | 'endpoint' | 'path_style'>;
  /** undefined: as the AWS SDK finds them (environment, web identity, instance). */
  readonly credentials: { readonly id: Secret; readonly secret: Secret } | undefined;
}

export interface StoredObject {
  readonly bytes: number;
  readonly stream: Readable;
}

/** Capture files as objects `PREFIX/NODE/ID-HASH.pcapng`; their life cycle is the bucket's. */
export interface S3Store {
  /** Where the object is or would be: `s3://BUCKET/KEY`. */
  locationOf(node: string, id: string, sha256: string): string;
  owns(location: string): boolean;
  /** Resolved: the store holds all of it, with this hash. */
  put(
    location: string,
    file: { path: string; bytes: number; sha256: string },
    signal: AbortSignal,
  ): Promise<void>;
  open(location: string): Promise<StoredObject>;
  close(): Promise<void>;
}

const attempts = 3;
const requestTimeoutMs = 60_000;

export function createS3Store(options: S3StoreOptions): S3Store {
  const { bucket, prefix } = options.config;
  const root = `s3://${bucket}/${prefix}`;
  let client: Promise<Connected> | undefined;
  const connected = (): Promise<Connected> => (client ??= connect(options));
  const keyOf = (location: string): string => location.slice(`s3://${bucket}/`.length);

  return {
    locationOf: (node, id, sha256) => `${root}${encodeURIComponent(node)}/${captureFileName(id, sha256)}`,
    owns: (location) => location.startsWith(root) && !location.includes('/../'),
    async put(location, { path, bytes, sha256 }, signal) {
      const { client: s3, sdk } = await connected();
      const target = { Bucket: bucket, Key: keyOf(location) };
      const checksum = Buffer.from(sha256, 'hex').toString('base64');
      // The store compares the hash itself, and refuses what came otherwise.
      const put = new sdk.PutObjectCommand({
        ...target,
        Body: createReadStream(path),
        ContentLength: bytes,
        ContentType: 'application/x-pcapng',
        ChecksumSHA256: checksum,
      });
      await s3.send(put, { abortSignal: signal });
      const head = await s3.send(new sdk.HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }), {
        abortSignal: signal,
      });
      if (head.ContentLength !== bytes || (head.ChecksumSHA256 ?? checksum) !== checksum)
        throw new Error(`${location} does not read back as it was written`);
    },
    async open(location) {
      const { client: s3, sdk } = await connected();
      const found = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: keyOf(location) }));
      return { bytes: found.ContentLength ?? 0, stream: found.Body as Readable };
    },
    async close() {
      if (client !== undefined) (await client).client.destroy();
    },
  };
}

interface Connected {
  readonly client: Sdk.S3Client;
  readonly sdk: typeof Sdk;
}

/** Loaded when it is used: most installations keep captures in a folder. */
async function connect({ config, credentials }: S3StoreOptions): Promise<Connected> {
  const sdk = await import('@aws-sdk/client-s3');
  const settings: Sdk.S3ClientConfig = {
    region: config.region,
    maxAttempts: attempts,
    forcePathStyle: config.path_style ?? config.endpoint !== undefined,
    requestHandler: { requestTimeout: requestTimeoutMs, connectionTimeout: 10_000 },
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    ...(credentials !== undefined && {
      // Asked again after a while, so that changed files count.
      credentials: async () => ({
        accessKeyId: await credentials.id.reveal(),
        secretAccessKey: await credentials.secret.reveal(),
        expiration: new Date(Date.now() + 60_000),
      }),
    }),
  };
  return { client: new sdk.S3Client(settings), sdk };
}
