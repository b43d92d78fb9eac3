import { z } from 'zod';
import {
  listOf,
  mapping,
  numberOrShare,
  optionalText,
  podShape,
  port,
  section,
  texts,
  yes,
} from './kubernetes-shapes.ts';

const capabilities = section(
  'Rights of the agent in the kernel; everything else is dropped. With `privileged` they do not matter.',
  {
    BPF: yes(true, 'Load eBPF programs and maps (kernel 5.8 and newer). Without it the agent sees nothing.'),
    PERFMON: yes(true, 'Attach to tracepoints and read kernel structures. Without it: no causes, no resets.'),
    NET_ADMIN: yes(true, 'Attach to cgroups and sockets. Without it the agent sees nothing.'),
    SYS_PTRACE: yes(
      true,
      'Read /proc of other users’ processes: network namespaces, which process holds a socket.',
    ),
    DAC_READ_SEARCH: yes(true, 'Find a cgroup by its number, read the hosts files of containers.'),
    SYS_ADMIN: yes(
      false,
      'Enter other network namespaces, so that connections older than the agent are watched in pods too. Without it they are watched from their next one on.',
    ),
    SYS_RESOURCE: yes(false, 'Lock memory for eBPF maps: kernels before 5.11 only.'),
  },
);

const priorityClass = section('So that a full node drops others first.', {
  create: yes(true, 'Make a class for the agent.'),
  name: optionalText('Its name, or that of a class of your own; empty: after the release.'),
  value: z.int().max(1_000_000_000).default(1_000_000).describe('Its priority.'),
});

/** `agent:` of the chart's values. */
export const agentValues = section('One pod a node: watches, names, records, captures.', {
  enabled: yes(true, 'Run agents.'),
  ...podShape({ cpu: '50m', memory: '256Mi', memoryLimit: '512Mi' }),
  tolerations: listOf('Taints that it tolerates; by default all: every node is watched.', [
    { operator: 'Exists' },
  ]),
  config: mapping('Keys of the configuration file for agents alone; they win over those of the chart.'),
  listenAddress: z
    .string()
    .default('0.0.0.0')
    .describe('Address of metrics and health, on the node; `[::]` where nodes have IPv6 only.'),
  metricsPort: port(9977, 'Its port on the node.'),
  hostNetwork: yes(
    true,
    'In the node’s network: its routes tell what is internal, its own sockets are seen. Without it those of the node are missing.',
  ),
  spool: section('Disk for what could not be sent yet, captures and names.', {
    hostPath: z
      .string()
      .default('/var/lib/saccade')
      .describe('Folder on the node: outlives the pod. Empty: an emptyDir, which goes with it.'),
    sizeLimit: z.string().default('2Gi').describe('Of the emptyDir.'),
  }),
  privileged: yes(false, 'All rights instead of the capabilities below. Nothing needs it.'),
  capabilities,
  seccompProfile: mapping('Empty: `RuntimeDefault`, which lets bpf() pass with the capability.'),
  appArmorProfile: z
    .enum(['Unconfined', 'RuntimeDefault'])
    .default('Unconfined')
    .describe('The usual profile of container engines forbids to look at other processes in /proc.'),
  seLinuxOptions: mapping('Where SELinux enforces: `{type: spc_t}`.'),
  mountNamespaces: yes(
    false,
    'See /run/netns, for network namespaces that are no pods. It must be a shared mount, as it is under systemd.',
  ),
  clientCertificate: section('Instead of a token: the agent shows a certificate to the server.', {
    secretName: optionalText('Existing Secret with tls.crt, tls.key and ca.crt.'),
  }),
  priorityClass,
  updateStrategy: section('How new versions come to the nodes.', {
    maxUnavailable: numberOrShare('10%', 'Nodes without an agent at once.'),
  }),
  terminationGracePeriodSeconds: z.int().default(30).describe('For the last flush and open captures.'),
  serviceAccountAnnotations: texts('Of its service account.'),
});
