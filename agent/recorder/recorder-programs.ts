import { attachToCgroup } from '../bpf/attach-to-cgroup.ts';
import { BpfError } from '../bpf/errors.ts';
import { createRingBufferReader, openBpfObject } from '../bpf/libbpf.ts';
import type { BpfMap, BpfObject } from '../bpf/port.ts';
import type { FollowFilter, PacketSource, ProgramCounters } from './packet-source.ts';
import type { RingPlan } from './ring-plan.ts';
import { createRingReader, type RingReader } from './rings.ts';
import { checkRecorderLayout, packetSlotBytes, ringHeadBytes, storySlotBytes } from './slot.ts';

export interface RecorderProgramsOptions {
  readonly objectPath: string;
  readonly cgroup2Path: string;
  readonly plan: RingPlan;
  /** Record packets on `lo` too. */
  readonly loopback: boolean;
  /** Slots a second that one network namespace may take of one CPU's rings; twice as many in a burst. */
  readonly packetQuota: number;
  readonly storyQuota: number;
}

/** Order of `enum recorder_counter`. */
const counterNames = [
  'packets_over_quota',
  'story_over_quota',
  'followed',
  'follow_lost',
  'unreadable',
  'no_socket',
] as const satisfies readonly (keyof ProgramCounters)[];
type ProgramCounter = (typeof counterNames)[number];

const role = { any: 0, client: 1, server: 2 } as const;

/** Loads the recorder, attaches it to the root of cgroup2 and maps its rings. */
export function openRecorderPrograms(options: RecorderProgramsOptions): PacketSource {
  const object = load(options);
  try {
    checkRecorderLayout(object);
    attachToCgroup(object, options.cgroup2Path, ['record_ingress', 'record_egress']);
    return createSource(object, options.plan);
  } catch (error) {
    object.close();
    throw error;
  }
}

/** Kernels without the cheaper helper refuse the program that calls it: the verifier is the only one who knows. */
function load(options: RecorderProgramsOptions): BpfObject {
  try {
    return loadWith(options, 1);
  } catch (error) {
    if (!(error instanceof BpfError) || error.code !== 'load') throw error;
    return loadWith(options, 0);
  }
}

function loadWith({ plan, ...options }: RecorderProgramsOptions, netnsHelper: 0 | 1): BpfObject {
  return openBpfObject(options.objectPath, {
    constants: {
      recorder_rings: plan.rings,
      recorder_packet_mask: plan.packetSlots - 1,
      recorder_story_mask: plan.storySlots - 1,
      recorder_loopback: options.loopback ? 1 : 0,
      recorder_netns_helper: netnsHelper,
      recorder_packet_quota: options.packetQuota,
      recorder_story_quota: options.storyQuota,
    },
    maxEntries: {
      packets: plan.rings * plan.packetSlots,
      stories: plan.rings * plan.storySlots,
      ring_heads: 2 * plan.rings,
    },
  });
}

function createSource(object: BpfObject, plan: RingPlan): PacketSource {
  const reader = createRingBufferReader(object.map('followed'));
  const filters = object.map('follow');
  const active = new Set<string>();
  const writeCount = (): void => {
    object.map('follow_count').update(new Uint8Array(4), littleEndian32(active.size));
  };
  const rings = openRings(object, plan);
  return {
    ...rings,
    onFollowed: (listener) => reader.start(listener),
    follow(filter, untilKtimeNs, snaplen) {
      const key = encodeFilter(filter);
      filters.update(key, encodeTerms(untilKtimeNs, snaplen));
      active.add(Buffer.from(key).toString('hex'));
      writeCount();
    },
    unfollow(filter) {
      const key = encodeFilter(filter);
      filters.delete(key);
      active.delete(Buffer.from(key).toString('hex'));
      writeCount();
    },
    counters: () => ({
      packets: rings.packets.written(),
      story: rings.stories.written(),
      ...readCounters(object.map('counters')),
    }),
    async stop() {
      await reader.stop();
      object.close();
    },
  };
}

function openRings(object: BpfObject, plan: RingPlan): { packets: RingReader; stories: RingReader } {
  const heads = object.map('ring_heads').mmap();
  const shared = { heads, headStride: ringHeadBytes, rings: plan.rings };
  return {
    packets: createRingReader({
      ...shared,
      data: object.map('packets').mmap(),
      firstHead: 0,
      slots: plan.packetSlots,
      slotBytes: packetSlotBytes,
    }),
    stories: createRingReader({
      ...shared,
      data: object.map('stories').mmap(),
      firstHead: plan.rings,
      slots: plan.storySlots,
      slotBytes: storySlotBytes,
    }),
  };
}

/** `struct follow_filter`. */
export function encodeFilter(filter: FollowFilter): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, filter.netnsCookie, true);
  bytes.set(filter.peer, 8);
  view.setUint16(24, filter.servicePort, true);
  view.setUint8(26, filter.servicePort === 0 ? role.any : role[filter.role]);
  return bytes;
}

/** `struct follow_terms`. */
function encodeTerms(untilKtimeNs: bigint, snaplen: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, untilKtimeNs, true);
  view.setUint32(8, snaplen, true);
  return bytes;
}

/** Sums the CPUs. */
function readCounters(map: BpfMap): Record<ProgramCounter, number> {
  const sums = {
    packets_over_quota: 0,
    story_over_quota: 0,
    followed: 0,
    follow_lost: 0,
    unreadable: 0,
    no_socket: 0,
  };
  for (const [key, values] of map.entries()) {
    const name = counterNames[viewOf(key).getUint32(0, true)];
    if (name === undefined) continue;
    const view = viewOf(values);
    for (let at = 0; at + 8 <= view.byteLength; at += 8) sums[name] += Number(view.getBigUint64(at, true));
  }
  return sums;
}

function littleEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
