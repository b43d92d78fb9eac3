import type { BenchmarkRow } from '../benchmark.ts';
import type { ClusterPlan } from './scale-model.ts';

const [mega, giga] = [1e6, 1e9];

/** What clusters of these sizes need, in three tables with a row a size. */
export function planRows(plans: readonly ClusterPlan[]): readonly BenchmarkRow[] {
  return [...plans.map(processRow), ...plans.map(dataRow), ...plans.map(costRow)];
}

const nameOf = ({ nodes }: ClusterPlan): string => `${nodes.toLocaleString('en')} nodes`;

function processRow(plan: ClusterPlan): BenchmarkRow {
  return {
    name: nameOf(plan),
    figures: {
      'obs/s': Math.round(plan.observationsPerSecond),
      'batches/s': Math.round(plan.batchesPerSecond),
      'judged keys': Math.round(plan.keys),
      series: Math.round(plan.series),
      partitions: plan.partitions,
      engines: plan.engineReplicas,
      'GB each': plan.engineBytesEach / giga,
      names: plan.nameReplicas,
      'name, GB each': plan.nameBytesEach / giga,
      'notify, cores': plan.notifyCores,
      records: plan.recordReplicas,
      'PostgreSQL, cores': plan.postgresCores,
      'brokers, cores': plan.brokerCores,
    },
  };
}

function dataRow(plan: ClusterPlan): BenchmarkRow {
  return {
    name: nameOf(plan),
    figures: {
      'Kafka in, MB/s': plan.kafkaBytesInPerSecond / mega,
      'out, MB/s': plan.kafkaBytesOutPerSecond / mega,
      'disk, GB': plan.kafkaDiskBytes / giga,
      'history rows/s': Math.round(plan.historyRowsPerSecond),
      'SQLite, GB/day': plan.sqliteBytesPerDay / giga,
      'PostgreSQL, GB/day': plan.postgresBytesPerDay === undefined ? null : plan.postgresBytesPerDay / giga,
      'minutes of it, GB/day': plan.minuteBytesPerDay / giga,
    },
  };
}

function costRow({ costPerMonth, ...plan }: ClusterPlan): BenchmarkRow {
  return {
    name: `${plan.nodes.toLocaleString('en')} nodes`,
    figures: {
      'agents, $/month': Math.round(costPerMonth.agents),
      'the rest, $/month': Math.round(costPerMonth.central),
      '$ a node and month': costPerMonth.perNode,
    },
  };
}
