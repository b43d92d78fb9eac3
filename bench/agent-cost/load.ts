import type { Lab } from '../../test/lab/lab.ts';
import { programPath } from '../../test/lab/program-path.ts';

/** Traffic at full speed whose throughput can be read. */
export interface Load {
  readonly name: string;
  readonly unit: string;
  /** Runs for so long in a lab with the hosts `client` and `server`; resolves to its throughput in `unit`. */
  run(seconds: number): Promise<number>;
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
      const running = client.spawnProgram(programPath(import.meta.url, './connection-client'), flags);
      await running.waitForLine((line) => line.includes('"connections"'), seconds * 1000 + graceMs);
      const { connections, failures, seconds: took } = running.latestJson ?? {};
      if (Number(failures) > Number(connections) / 100)
        throw new Error(`${String(failures)} of ${String(connections)} connections failed`);
      return Number(connections) / Number(took);
    },
  };
}

interface Iperf3Report {
  readonly end: { readonly sum_received: { readonly bits_per_second: number } };
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
      const report = JSON.parse(running.lines.join('\n')) as Iperf3Report;
      return report.end.sum_received.bits_per_second / 1e9;
    },
  };
}
