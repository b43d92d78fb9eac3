import { createApiLatencyProbe } from '../api-latency/api-latency-probe.ts';
import { createApiServerProbe } from '../apiserver/apiserver-probe.ts';
import type { KernelSupport } from '../bpf/kernel.ts';
import { createUdpProbe } from '../destinations/udp-probe.ts';
import { createDnsProbe } from '../dns/dns-probe.ts';
import type { Names } from '../names/create-names.ts';
import type { Probe } from '../probe.ts';
import type { AgentSettings } from '../settings.ts';
import { createTcpProbe } from './tcp-probe.ts';

/** What a probe may need; each takes what it does. */
export interface ProbeOptions {
  readonly kernel: KernelSupport;
  /** Where `build/ARCH/x.bpf.o` lie. */
  readonly bpfDirectory: string;
  readonly names: Names;
  readonly settings: AgentSettings;
}

const factories: readonly ((options: ProbeOptions) => Probe)[] = [
  createTcpProbe,
  createApiLatencyProbe,
  createApiServerProbe,
  createDnsProbe,
  createUdpProbe,
];

/** Every probe that there is: one line each above. */
export function createProbes(options: ProbeOptions): readonly Probe[] {
  return factories.map((create) => create(options));
}
