import type { FolderStore } from '../../capture-store/folder-store.ts';
import type { S3Store } from '../../capture-store/s3-store.ts';
import type { Capture } from '../../stream/events/capture.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { openS3Store } from '../open-s3-store.ts';

/**
 * Puts in place of an agent's own path the place where this process can read the file: what an agent says of paths is
 * never opened here, or it could name any file of this machine.
 */
export function createCaptureLink(
  loaded: LoadedConfig,
  folder: Pick<FolderStore, 'locate'>,
): (capture: Capture) => Capture {
  const { s3 } = loaded.config.captures.store ?? {};
  const objects = s3 && openS3Store(s3, loaded.directory);
  return (capture) => {
    if (capture.file === null) return capture;
    const file = locate(capture, folder, objects);
    if (file !== undefined) return { ...capture, file };
    return { ...capture, file: null, reason: capture.reason ?? `the file is on node ${capture.node} only` };
  };
}

function locate(
  { id, node, file, sha256 }: Capture,
  folder: Pick<FolderStore, 'locate'>,
  objects: S3Store | undefined,
): string | undefined {
  if (sha256 === null) return undefined;
  const object = objects?.locationOf(node, id, sha256);
  return object === file ? object : folder.locate(id, sha256);
}
