import { resolve } from 'node:path';
import type { S3Config } from '../capture-store/config-schema.ts';
import { createS3Store, type S3Store } from '../capture-store/s3-store.ts';
import { Secret } from '../source-text/secret.ts';

/** The configured object store. `directory`: paths in the configuration are relative to it. */
export function openS3Store(config: S3Config, directory: string): S3Store {
  const secret = (file: string | undefined, env: string | undefined): Secret | undefined =>
    file === undefined && env === undefined
      ? undefined
      : new Secret({ file: file && resolve(directory, file), env }, process.env);
  const id = secret(config.access_key_id_file, config.access_key_id_env);
  const key = secret(config.secret_access_key_file, config.secret_access_key_env);
  return createS3Store({
    config,
    credentials: id === undefined || key === undefined ? undefined : { id, secret: key },
  });
}
