import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../lab/run-command.ts';

export interface ImageArchive {
  /** `localhost/node:24` */
  readonly tag: string;
  /** Folder that becomes the image's only layer; all files belong to root. */
  readonly root: string;
  readonly entrypoint?: readonly string[];
}

/** The same folder gives the same bytes. */
const reproducibly = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** Writes a docker-archive (image-spec's predecessor, which containerd and docker load) of one layer. */
export async function writeImageArchive(file: string, image: ImageArchive): Promise<void> {
  const work = mkdtempSync(`${file}.`);
  try {
    const layer = join(work, 'layer.tar');
    await runCommand('tar', [...reproducibly, '-C', image.root, '-cf', layer, '.']);
    const config = JSON.stringify(imageConfig(image, digestOf(readFileSync(layer))));
    const configName = `${digestOf(config)}.json`;
    writeFileSync(join(work, configName), config);
    const manifest = [{ Config: configName, RepoTags: [image.tag], Layers: ['layer.tar'] }];
    writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
    const archive = join(work, 'image.tar');
    const members = [configName, 'layer.tar', 'manifest.json'];
    await runCommand('tar', [...reproducibly, '-C', work, '-cf', archive, ...members]);
    renameSync(archive, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function imageConfig(image: ImageArchive, layerDigest: string): object {
  const path = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
  return {
    architecture,
    os: 'linux',
    config: { Env: [path], ...(image.entrypoint !== undefined && { Entrypoint: image.entrypoint }) },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
  };
}

function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
