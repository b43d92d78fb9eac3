import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLong } from './run-long.ts';

const buildTimeoutMs = 900_000;
const script = fileURLToPath(new URL('testing/build-image-once.ts', import.meta.url));

/**
 * The archive of Saccade's image: that which `SACCADE_IMAGE` names, else one of this tree, built outside of it: a minute
 * or two, which is spent once for the tests of one tree.
 */
export async function saccadeImage(binaries: string): Promise<string> {
  const given = process.env['SACCADE_IMAGE'];
  if (given !== undefined) return given;
  const output = join(binaries, '..', 'saccade-image');
  await runLong('flock', [`${output}.lock`, process.execPath, script, output], { timeoutMs: buildTimeoutMs });
  return join(output, 'saccade.tar');
}
