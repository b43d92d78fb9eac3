import { parseArgs } from 'node:util';
import { join, resolve } from 'node:path';

export interface BuildOptions {
  /** A packed release (`npm pack`); undefined: pack one from this tree. */
  readonly release: string | undefined;
  /** Where the image, its SBOM and its contents go; emptied files in it are replaced. */
  readonly output: string;
  /** Only the layers as folders, for a Dockerfile to copy. */
  readonly layersOnly: boolean;
  readonly repository: string;
}

const defaultRepository = 'localhost/saccade';

export const usage = `node images/build.ts [--release saccade-X.tgz] [--output DIR] [--repository NAME] [--layers-only]

Builds the container image from files, without a Docker daemon and without an image registry:
OUTPUT/saccade.tar (docker-archive), OUTPUT/saccade.cdx.json (SBOM, CycloneDX), OUTPUT/contents.txt.`;

export function parseBuildOptions(args: readonly string[], root: string): BuildOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      release: { type: 'string' },
      output: { type: 'string' },
      repository: { type: 'string', default: defaultRepository },
      'layers-only': { type: 'boolean', default: false },
    },
  });
  return {
    release: values.release === undefined ? undefined : resolve(values.release),
    output: values.output === undefined ? join(root, 'images', 'build') : resolve(values.output),
    layersOnly: values['layers-only'],
    repository: values.repository,
  };
}
