import { processUse } from '../process-cpu.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { programPath } from '../../test/lab/program-path.ts';

/** Traffic at full speed whose throughput can be read. */
export interface Load {
  readonly name: string;
  readonly unit: string;
  /** Runs for so long in a lab with the hosts `client` and `server`. */
  run(seconds: number): Promise<LoadResult>;
}

export interface LoadResult {
  /** In the load's unit, a second. */
  readonly throughput: number;
  /**
   * CPU seconds of both ends for one unit of work. eBPF programs on the way of a packet mostly run on the account of the
   * process that sends or receives it, so this shows what they cost also where others take the machine's time.
   */
  readonly cpuSecondsPerUnit: number;
}

const graceMs = 20_000;
/** So many that a port number that waits in TIME_WAIT (RFC 9293) is not needed again too soon. */
const ports = Array.from({ length: 8 }, (_, index) => 8080 + index).join(',');

/** Short connections: handshake, 200 bytes each way, close. */
export async function connectionLoad(lab: Lab): Promise<Load> {
  const [client, server] = [lab.host('client'), lab.host('server')];
  await client.runInNetwork('sysctl', ['-qw', 'net.ipv4.ip_local_port_range=1024 65535']);
  await client.runInNetwork('sysctl', ['-qw', 'net.ipv4.tcp_tw_reuse=1']);
  const listening = server.spawnProgram(programPath(import.meta.url, './connection-server'), [
    '--ports',
    ports,
  ]);
  await listening.waitForJson('listening', 8087, graceMs);
  return {
    name: 'short connections',
    unit: 'connections/s',
    async run(seconds) {
      const flags = ['--target', server.address4, '--ports', ports, '--seconds', String(seconds)];
      const before = (await processUse(listening.pid)).cpuSeconds;
      const running = client.spawnProgram(programPath(import.meta.url, './connection-client'), flags);
      await running.waitForLine((line) => line.includes('"connections"'), seconds * 1000 + graceMs);
      const { connections, failures, seconds: took, cpu_seconds: clientCpu } = running.latestJson ?? {};
      const serverCpu = (await processUse(listening.pid)).cpuSeconds - before;
      if (Number(failures) > Number(connections) / 100)
        throw new Error(`${String(failures)} of ${String(connections)} connections failed`);
      return {
        throughput: Number(connections) / Number(took),
        cpuSecondsPerUnit: (Number(clientCpu) + serverCpu) / Number(connections),
      };
    },
  };
}

interface Iperf3Report {
  readonly end: {
    readonly sum_received: { readonly bits_per_second: number };
    readonly cpu_utilization_percent: { readonly host_total: number; readonly remote_total: number };
  };
}

/** One TCP stream as fast as it goes. */
export async function bulkLoad(lab: Lab): Promise<Load> {
  const [client, server] = [lab.host('client'), lab.host('server')];
  const listening = server.spawn('iperf3', ['--server', '--forceflush']);
  await listening.waitForLine((line) => line.includes('listening'), graceMs);
  return {
    name: 'bulk, one stream',
    unit: 'Gbit/s',
    async run(seconds) {
      const flags = ['--client', server.address4, '--time', String(seconds), '--json'];
      const running = client.spawn('iperf3', flags);
      await running.exited;
      const { end } = JSON.parse(running.lines.join('\n')) as Iperf3Report;
      const throughput = end.sum_received.bits_per_second / 1e9;
      const { host_total: sender, remote_total: receiver } = end.cpu_utilization_percent;
      return { throughput, cpuSecondsPerUnit: (sender + receiver) / 100 / throughput };
    },
  };
}
