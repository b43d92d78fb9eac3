import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildBundle, bundleFolder } from './build-bundle.ts';

/** `node console/assets/write-bundle.ts dist` puts the browser's part of the console into a release. */
const [, , release] = process.argv;
if (release === undefined)
  throw new Error('say below which folder the bundle is to lie: write-bundle.ts dist');
const target = join(resolve(release), bundleFolder);
const bundle = await buildBundle(join(import.meta.dirname, '..', '..'));
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await Promise.all([...bundle].map(([name, content]) => writeFile(join(target, name), content)));
