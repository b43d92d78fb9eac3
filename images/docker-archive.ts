import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runTool } from './run-tool.ts';

export interface ImageLayer {
  /** Its content, as the root of a file system. */
  readonly directory: string;
  readonly createdBy: string;
  /** What of it is in the layer: folders above belong to the layers below. `.` is all. */
  readonly path: string;
  /** Numeric user and group that own everything in it. */
  readonly owner: number;
}

export interface ImageDescription {
  /** As in GOARCH: amd64, arm64. */
  readonly architecture: string;
  readonly reference: string;
  /** `config` of an OCI image: Entrypoint, User, Env, Labels. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Seconds since 1970 of every file and of the image. */
  readonly epochSeconds: number;
}

/**
 * Writes a docker-archive (https://github.com/moby/moby/blob/v27.0.0/image/spec/v1.2.md), which `docker load`,
 * `ctr images import`, `podman load` and `skopeo copy docker-archive:…` take. The same content gives the same bytes:
 * names are sorted, times and owners are fixed. Returns the image's id: the digest of its configuration.
 */
export async function writeDockerArchive(
  file: string,
  layers: readonly ImageLayer[],
  image: ImageDescription,
): Promise<string> {
  const work = `${file}.work`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const digests: string[] = [];
  for (const [index, layer] of layers.entries()) {
    const archive = join(work, `${index}.tar`);
    writeTar(archive, layer.directory, [layer.path], layer.owner, image.epochSeconds);
    const digest = await sha256Of(archive);
    renameSync(archive, join(work, `${digest}.tar`));
    digests.push(digest);
  }
  const config = JSON.stringify(imageConfig(layers, digests, image));
  const id = createHash('sha256').update(config).digest('hex');
  writeFileSync(join(work, `${id}.json`), config);
  const names = digests.map((digest) => `${digest}.tar`);
  const manifest = [{ Config: `${id}.json`, RepoTags: [image.reference], Layers: names }];
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
  writeTar(file, work, [`${id}.json`, ...new Set(names), 'manifest.json'], 0, image.epochSeconds);
  rmSync(work, { recursive: true });
  return `sha256:${id}`;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md */
function imageConfig(layers: readonly ImageLayer[], digests: readonly string[], image: ImageDescription) {
  const created = new Date(image.epochSeconds * 1_000).toISOString();
  return {
    created,
    architecture: image.architecture,
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
    history: layers.map(({ createdBy }) => ({ created, created_by: createdBy })),
  };
}

/** GNU tar, told to leave out all that differs from one machine to the next. */
function writeTar(
  file: string,
  directory: string,
  names: readonly string[],
  owner: number,
  epochSeconds: number,
): void {
  const fixed = [
    '--sort=name',
    '--format=gnu',
    `--mtime=@${epochSeconds}`,
    '--numeric-owner',
    '--mode=u+rw,go-w',
  ];
  const ids = [`--owner=${owner}`, `--group=${owner}`];
  runTool('tar', [...fixed, ...ids, '-cf', file, '-C', directory, ...names]);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
