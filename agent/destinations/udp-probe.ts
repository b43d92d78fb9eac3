import { bpfObjectPath, type KernelSupport } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { OpenOptions } from '../bpf/port.ts';
import type { Probe, ProbeContext } from '../probe.ts';
import { createProbe, type ProbeRun } from '../probes/create-probe.ts';
import { refusedByKernel } from '../probes/refused-by-kernel.ts';
import { readBounded } from '../proc/read-bounded.ts';
import { ConfiguredResolvers } from './configured-resolvers.ts';
import { RunningUdpProbe } from './running-udp-probe.ts';
import { udpFlowsSignal } from './udp-flow-record.ts';

export interface UdpProbeOptions {
  readonly kernel: KernelSupport;
  readonly bpfDirectory: string;
  /** Knobs of bpf/udp.bpf.c, for tests. */
  readonly constants?: OpenOptions['constants'];
  readonly maxKeys?: number;
  /** Flows that go on are told at most this often. */
  readonly gapMs?: number;
}

const defaultGapMs = 10_000;
const dnsPort = 53;
/** Of the kernel's documentation (ip-sysctl). */
const usualEphemeralFrom = 32_768;

/** Whom the UDP clients of this machine send to, for `net.destinations`. */
export function createUdpProbe(options: UdpProbeOptions): Probe {
  return createProbe({ name: 'udp', signals: [udpFlowsSignal], run: (context) => run(options, context) });
}

async function run(options: UdpProbeOptions, { clock }: ProbeContext): Promise<ProbeRun> {
  const { kernel, bpfDirectory, maxKeys, gapMs = defaultGapMs } = options;
  const { architecture, cgroup2Path } = kernel;
  if (!kernel.usable || architecture === undefined || cgroup2Path === undefined)
    return refusedByKernel(kernel);
  const object = openBpfObject(bpfObjectPath(bpfDirectory, architecture, 'udp'), {
    constants: { udp_ephemeral_from: ephemeralFrom(), ...options.constants },
    ...(maxKeys !== undefined && { maxEntries: { peers: maxKeys } }),
  });
  const nowMs = () => clock.nowMs();
  const resolvers = new ConfiguredResolvers({ nowMs });
  const running = new RunningUdpProbe(object, {
    nowMs,
    gapMs,
    isOthers: ({ servicePort, owner, peerIp }) =>
      servicePort === dnsPort && resolvers.has(owner.netnsInode, peerIp),
  });
  try {
    running.attach(cgroup2Path);
  } catch (error) {
    running.stop();
    throw error;
  }
  return { attached: true, notes: [], running };
}

/** Of this machine's own network namespace: others hardly ever have another range. */
function ephemeralFrom(): number {
  const [from = ''] = (readBounded('/proc/sys/net/ipv4/ip_local_port_range', 100) ?? '').split(/\s+/);
  return Number(from) || usualEphemeralFrom;
}
