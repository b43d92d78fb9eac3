import { type CaptureFiles, createCaptureFiles } from '../capture-store/capture-files.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { capturesDirectory } from './open-log.ts';
import { openS3Store } from './open-s3-store.ts';

/** The files of captures, as the configuration says where they are. */
export function openCaptureFiles({ config, directory, dataDirectory }: LoadedConfig): CaptureFiles {
  const { s3 } = config.captures.store ?? {};
  return createCaptureFiles({
    directory: capturesDirectory(dataDirectory),
    objects: s3 && openS3Store(s3, directory),
  });
}
