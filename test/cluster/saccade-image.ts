import { join } from 'node:path';
import { packageRoot } from '../../app/package-root.ts';
import { runLong } from './run-long.ts';

const buildTimeoutMs = 900_000;

/**
 * The archive of Saccade's image: that which `SACCADE_IMAGE` names, else one that is built now, from this tree, outside of
 * it: a minute, which is spent once for a run of tests.
 */
export async function saccadeImage(binaries: string): Promise<string> {
  const given = process.env['SACCADE_IMAGE'];
  if (given !== undefined) return given;
  const output = join(binaries, '..', 'saccade-image');
  const script = join(packageRoot, 'images', 'build.ts');
  await runLong(process.execPath, [script, '--output', output], { timeoutMs: buildTimeoutMs });
  return join(output, 'saccade.tar');
}
