import { join } from 'node:path';
import { buildImage } from './build-image.ts';
import { parseBuildOptions, usage } from './build-options.ts';
import { summarize } from './image-contents.ts';

/** `node images/build.ts`: see `usage`. */
const root = join(import.meta.dirname, '..');
if (process.argv.includes('--help')) process.stdout.write(`${usage}\n`);
else await build();

async function build(): Promise<void> {
  const image = await buildImage(root, parseBuildOptions(process.argv.slice(2), root));
  const lines = [
    ...summarize(image.files),
    ...(image.id === undefined ? [] : [`${image.reference}  ${image.id}`, image.archive]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
