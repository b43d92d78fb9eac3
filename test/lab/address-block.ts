import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Labs cannot reach each other, so all of them may use the same addresses, and do. But whoever looks at several of them
 * from outside, as a detector does, then meets one address with several owners. Labs that are looked at that way take
 * a block of ten addresses each. A block is a file that names its lab; it is free when that lab is gone.
 */
const directory = '/run/saccade-lab/blocks';
/** Block 0 is what labs use that do not care. */
const firstBlock = 1;
const lastBlock = 23;
export const addressesPerBlock = 10;

/** Takes the first free block; when all are taken, block 0 is shared. */
export function takeAddressBlock(labId: string, labExists: (id: string) => boolean): number {
  mkdirSync(directory, { recursive: true });
  for (const file of readdirSync(directory)) {
    const owner = ownerOf(file);
    if (owner !== undefined && !labExists(owner)) rmSync(join(directory, file), { force: true });
  }
  for (let block = firstBlock; block <= lastBlock; block++) if (claim(block, labId)) return block;
  return 0;
}

function claim(block: number, labId: string): boolean {
  const file = join(directory, String(block));
  if (existsSync(file)) return false;
  try {
    writeFileSync(file, labId, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** undefined: removed by somebody else meanwhile, or being written this moment. */
function ownerOf(file: string): string | undefined {
  try {
    const owner = readFileSync(join(directory, file), 'utf8');
    return owner === '' ? undefined : owner;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
