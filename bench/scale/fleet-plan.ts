import type { kafkaClients } from '../../stream/kafka/config-schema.ts';
import type { LayoutSize } from './cluster-layout.ts';
import type { NodeTemplate } from './node-template.ts';

/** What a process of simulated agents is told, as a file. */
export interface FleetPlan {
  readonly brokers: readonly string[];
  readonly client: (typeof kafkaClients)[number];
  readonly topics: { readonly prefix: string; readonly partitions: number };
  readonly size: LayoutSize;
  readonly template: NodeTemplate;
  /** That the agents share. */
  readonly connections: number;
  /** After which it ends by itself, whatever happens. */
  readonly seconds: number;
}
