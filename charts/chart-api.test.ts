import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Cluster, startCluster } from '../test/cluster/cluster.ts';
import { chartVariants } from './chart-variants.ts';
import { parseManifests, renderChart } from './render-chart.ts';
import { clusterBinaries } from '../test/cluster/binaries.ts';

/** Of operators that the test cluster does not have; their schemas are theirs. */
const foreign = /^(?:keda\.sh|monitoring\.coreos\.com)\//u;

let cluster: Cluster;
let helm: string;
beforeAll(async () => {
  helm = `${clusterBinaries()}/helm`;
  cluster = await startCluster();
  await cluster.kubectl(['create', 'namespace', 'saccade']);
}, 900_000);
afterAll(() => cluster[Symbol.asyncDispose]());

describe('the API server', () => {
  it.each(chartVariants)('takes every object: %s', { timeout: 60_000 }, async (_name, values) => {
    const all = parseManifests(renderChart({ helm, values }));
    const own = all.filter(({ apiVersion }) => !foreign.test(apiVersion));
    const text = own.map((manifest) => stringify(manifest)).join('---\n');
    // Strict: a key that the schema does not have is an error. On the server: so are values that it would refuse.
    const flags = ['--dry-run=server', '--validate=strict', '--output=name', '-f', '-'];
    const taken = await cluster.kubectl(['apply', ...flags], text);
    expect(taken.trim().split('\n')).toHaveLength(own.length);
  });
});
