import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../app/config/load-config.ts';
import { runTool } from '../images/run-tool.ts';
import { clusterBinaries } from '../test/cluster/binaries.ts';
import { chartVariants } from './chart-variants.ts';
import { chartFolder, type Manifest, parseManifests, renderChart } from './render-chart.ts';
import { renderedFile, renderSmall } from './render.ts';
import type { ChartValues } from './values/values-schema.ts';

let helm: string;
let folder: string;
beforeAll(() => {
  helm = join(clusterBinaries(), 'helm');
  folder = mkdtempSync(join(tmpdir(), 'saccade-chart-'));
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true }));

const configMapSchema = z.looseObject({ data: z.record(z.string(), z.string()).nullable() });

/** The configuration files in it, each with the name of its ConfigMap. */
function configurations(manifests: readonly Manifest[]): readonly (readonly [string, string])[] {
  return manifests.flatMap((manifest) => {
    const text =
      manifest.kind === 'ConfigMap' ? configMapSchema.parse(manifest).data?.['saccade.yaml'] : undefined;
    return text === undefined ? [] : [[manifest.metadata.name, text] as const];
  });
}

describe('the chart', () => {
  it('has nothing that helm lint finds fault with', () => {
    expect(runTool(helm, ['lint', chartFolder])).toContain('0 chart(s) failed');
  });

  it('refuses a value that it does not know, and a profile without its Kafka', () => {
    const unknown = { paging: 'observe', pageing: 'page' } as object;
    expect(() => renderChart({ helm, values: unknown })).toThrow(/pageing/u);
    expect(() => renderChart({ helm, values: { profile: 'standard' } })).toThrow(/needs kafka\.brokers/u);
  });

  it('is what the manifests for kubectl are', () => {
    expect(readFileSync(renderedFile, 'utf8'), 'node charts/render.ts').toBe(renderSmall(helm));
  });

  it.each(chartVariants)('writes configuration that the program takes: %s', (_name, values) => {
    const files = configurations(parseManifests(renderChart({ helm, values })));
    // The agents', the others', and that of the migration, which runs before there is any of them.
    expect(files).toHaveLength(values.postgres === undefined ? 2 : 3);
    for (const [name, text] of files) {
      const path = join(folder, `${name}.yaml`);
      writeFileSync(path, text);
      expect(() => loadConfig({ config: path })).not.toThrow();
    }
  });

  it('pages nobody unless it is told to', () => {
    const [central] = configurations(parseManifests(renderChart({ helm, values: {} })));
    expect(central?.[1]).toContain('paging: observe');
  });

  it('rolls agents when their configuration changes, and not when a receiver does', () => {
    const checksums = (values: object): readonly string[] =>
      [...renderChart({ helm, values }).matchAll(/checksum\/config: (\w+)/gu)].map(([, sum = '']) => sum);
    const [agent, server] = checksums({});
    expect(checksums({ paging: 'page' })).toEqual([agent, expect.not.stringMatching(server ?? '')]);
    expect(checksums({ agent: { config: { log_level: 'debug' } } })).toEqual([
      expect.not.stringMatching(agent ?? ''),
      server,
    ]);
  });

  it('gives every container a read-only root and drops what it does not name', { timeout: 120_000 }, () => {
    for (const [, values] of chartVariants) {
      const text = renderChart({ helm, values });
      const containers = text.match(/^ +image: /gmu)?.length;
      expect(text.match(/readOnlyRootFilesystem: true/gu)).toHaveLength(containers ?? 0);
      if (values.agent?.privileged !== true)
        expect(text.match(/drop: \[ALL\]/gu)).toHaveLength(containers ?? 0);
    }
  });

  it('has the console in pods of its own where PostgreSQL has what it shows, else with whoever keeps the history', () => {
    const kafka: ChartValues = { profile: 'standard', kafka: { brokers: ['kafka:9092'] } };
    const serving = (values: ChartValues): readonly string[] =>
      parseManifests(renderChart({ helm, values })).flatMap((manifest) =>
        JSON.stringify(manifest).includes('"containerPort":9978') ? [manifest.metadata.name] : [],
      );
    expect(serving(kafka)).toEqual(['saccade-notify']);
    expect(serving({ ...kafka, postgres: { secretName: 'postgres' } })).toEqual(['saccade-console']);
    expect(serving({ ...kafka, postgres: { secretName: 'postgres' }, console: { enabled: false } })).toEqual(
      [],
    );
  });

  it('has alerts that Prometheus understands', () => {
    const values = { monitoring: { prometheusRule: { enabled: true } } };
    const rule = parseManifests(renderChart({ helm, values })).find(({ kind }) => kind === 'PrometheusRule');
    const file = join(folder, 'rules.json');
    writeFileSync(file, JSON.stringify(rule?.['spec']));
    expect(runTool('promtool', ['check', 'rules', file])).toContain('8 rules found');
  });
});
