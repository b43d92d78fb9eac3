import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applicationPath, assembleApplication } from './application-layer.ts';
import { assembleBase, nonrootId } from './base-layer.ts';
import type { BuildOptions } from './build-options.ts';
import { type ImageLayer, writeDockerArchive } from './docker-archive.ts';
import { contentsText, type ImageFile, imageContents } from './image-contents.ts';
import { packRelease } from './pack-release.ts';
import { createSbom } from './sbom.ts';

export interface BuiltImage {
  /** `sha256:…` of the image's configuration; undefined: only layers were wanted. */
  readonly id: string | undefined;
  readonly reference: string;
  readonly archive: string;
  readonly files: readonly ImageFile[];
}

const dataFolder = 'var/lib/saccade';

/** Architectures by Node's name: [name of OCI, folder of the BPF objects]. */
const architectures: Readonly<Record<string, readonly [string, string]>> = {
  x64: ['amd64', 'x86'],
  arm64: ['arm64', 'arm64'],
};

/**
 * Builds the image of the machine's own architecture. The same tree, tools and Debian packages give the same id.
 * Time of all files: `SOURCE_DATE_EPOCH` (https://reproducible-builds.org/specs/source-date-epoch/), else 1970.
 */
export async function buildImage(root: string, options: BuildOptions): Promise<BuiltImage> {
  const [architecture, bpfArchitecture] = architectures[process.arch] ?? [];
  if (architecture === undefined || bpfArchitecture === undefined)
    throw new Error(`no image for ${process.arch}: build on x86-64 or arm64`);
  const epochSeconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? 0);
  const release = options.release ?? packRelease(root, join(options.output, 'release'));
  const layers = emptyLayers(join(options.output, 'layers'));
  const [base, application, data] = layers;
  assembleApplication(application.directory, release, join(root, 'package-lock.json'), bpfArchitecture);
  mkdirSync(join(data.directory, dataFolder, '..'), { recursive: true });
  mkdirSync(join(data.directory, dataFolder), { mode: 0o700 });
  const installed = join(application.directory, applicationPath);
  const addons = globSync('node_modules/**/*.node', { cwd: installed }).map((path) => join(installed, path));
  const debian = assembleBase(base.directory, nodeBinary(root), addons);
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    version: string;
  };
  const sbom = { application: installed, debian, nodeVersion: process.versions.node, epochSeconds };
  writeFileSync(join(options.output, 'saccade.cdx.json'), createSbom(sbom));
  rmSync(join(installed, 'package-lock.json'));
  const files = imageContents(layers);
  writeFileSync(join(options.output, 'contents.txt'), contentsText(files));
  const archive = join(options.output, 'saccade.tar');
  const reference = `${options.repository}:${version}`;
  if (options.layersOnly) return { id: undefined, reference, archive, files };
  const config = runtimeConfig(version);
  const id = await writeDockerArchive(archive, layers, { architecture, reference, config, epochSeconds });
  return { id, reference, archive, files };
}

function emptyLayers(directory: string): readonly [ImageLayer, ImageLayer, ImageLayer] {
  rmSync(directory, { recursive: true, force: true });
  const layer = (name: string, createdBy: string, path = '.', owner = 0): ImageLayer => {
    mkdirSync(join(directory, name), { recursive: true });
    return { directory: join(directory, name), createdBy, path, owner };
  };
  return [
    layer('base', 'Node and the libraries that it and libbpf link to'),
    layer('application', 'Saccade and its production dependencies'),
    layer('data', 'the data folder', dataFolder, nonrootId),
  ];
}

/** The binary behind this process: the one that the lock file names. */
function nodeBinary(root: string): string {
  const wanted = join(root, 'node_modules/node/bin/node');
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')) as {
    version: string;
  };
  if (process.versions.node !== version)
    throw new Error(`run this with Node ${version}: ${wanted} images/build.ts`);
  return wanted;
}

/** As the last stage of the Dockerfile says. */
function runtimeConfig(version: string): Readonly<Record<string, unknown>> {
  return {
    User: `${nonrootId}:${nonrootId}`,
    Env: ['PATH=/usr/local/bin:/usr/bin', 'XDG_STATE_HOME=/var/lib', 'NODE_ENV=production'],
    Entrypoint: ['/usr/local/bin/saccade'],
    WorkingDir: '/var/lib/saccade',
    Labels: {
      'org.opencontainers.image.title': 'saccade',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0 AND GPL-2.0-only',
    },
  };
}
