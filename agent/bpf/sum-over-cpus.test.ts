import { describe, expect, it } from 'vitest';
import type { BpfMap } from './port.ts';
import { createStructDecoder } from './struct-decoder.ts';
import { sumOverCpus } from './sum-over-cpus.ts';

const layout = { size: 16, members: new Map([['made', 0], ['lost', 8]]) }; // prettier-ignore
const decode = createStructDecoder('counts', layout, { made: 'u64', lost: 'u64' });

/** Only what is asked for. */
function mapWith(value: Uint8Array | undefined): BpfMap {
  return { keySize: 4, valueSize: 16, lookup: () => value } as Partial<BpfMap> as BpfMap;
}

describe('counts of all CPUs', () => {
  it('add up by name', () => {
    const cpus = new Uint8Array(BigUint64Array.of(1n, 20n, 3n, 40n).buffer);
    expect(sumOverCpus(mapWith(cpus), decode)).toEqual({ made: 4, lost: 60 });
  });

  it('are zeros where there is nothing', () => {
    expect(sumOverCpus(mapWith(undefined), decode)).toEqual({ made: 0, lost: 0 });
  });
});
