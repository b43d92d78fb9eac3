import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Detector } from '../../demo/detector.ts';
import { processUse } from '../process-cpu.ts';
import { startClusterApi } from './cluster-api.ts';
import { createClusterLayout, type LayoutSize } from './cluster-layout.ts';

export interface NamesCost {
  readonly pods: number;
  readonly residentBytes: number;
  /** CPU and wall clock from the start of the process until it knows everything. */
  readonly cpuSeconds: number;
  readonly seconds: number;
}

/** `saccade name` beside a cluster of a size, without anything to name: what its informers take. */
export async function measureNames(
  size: LayoutSize,
  brokerAddress: string,
  folder: string,
): Promise<NamesCost> {
  const directory = join(folder, `names-${size.nodes}`);
  await mkdir(directory, { recursive: true });
  const layout = createClusterLayout(size);
  await using api = await startClusterApi(layout, directory);
  const configPath = join(directory, 'saccade.yaml');
  await writeFile(configPath, nameConfig(brokerAddress, `names-${size.nodes}`, 1, api.kubeconfig));
  await using detector = new Detector({
    command: 'name',
    configPath,
    dataDirectory: join(directory, 'data'),
  });
  const startedAt = performance.now();
  await detector.start();
  const seconds = (performance.now() - startedAt) / 1000;
  const { residentBytes, cpuSeconds } = await processUse(detector.pid);
  return { pods: layout.pods, residentBytes, cpuSeconds, seconds };
}

export function nameConfig(
  brokerAddress: string,
  prefix: string,
  partitions: number,
  kubeconfig: string,
): string {
  return `${kafkaConfig(brokerAddress, prefix, partitions)}kubernetes: { kubeconfig: ${kubeconfig} }\n`;
}

/** What all processes of a run have in common. They page nobody but their own terminal. */
export function kafkaConfig(brokerAddress: string, prefix: string, partitions: number): string {
  return `cluster: scale
listen: 127.0.0.1:0
log_level: error
console: { enabled: false }
kafka: { brokers: ['${brokerAddress}'], prefix: ${prefix}, partitions: ${partitions} }
`;
}
