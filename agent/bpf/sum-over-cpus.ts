import type { BpfMap } from './port.ts';
import type { StructDecoder } from './struct-decoder.ts';

/** The one entry of a per-CPU array (`DEFINE_HEALTH` of bpf/), whose members all count: what the CPUs have together. */
export function sumOverCpus<Name extends string>(
  map: BpfMap,
  decode: StructDecoder<Readonly<Record<Name, 'u64'>>>,
): Readonly<Record<Name, number>> {
  const sums: Record<string, number> = { ...decode(new Uint8Array(map.valueSize)) };
  const values = map.lookup(new Uint8Array(map.keySize)) ?? new Uint8Array();
  for (let at = 0; at < values.byteLength; at += map.valueSize) {
    const cpu: Readonly<Record<string, number>> | undefined = decode(values.subarray(at, at + map.valueSize));
    for (const [name, count] of Object.entries(cpu ?? {})) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums as Record<Name, number>;
}
