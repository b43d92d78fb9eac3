import type { Fact } from '../../rules/compiled-rule.ts';
import { observationsType, type ObservationsEvent } from '../../stream/events/observation.ts';
import type { StreamRecord } from '../../stream/port.ts';

export type FactTable = Readonly<Record<string, Exclude<Fact, undefined>>>;

/** The rows of records as flat facts, with the measure of the rules worked out: handed to the peer for nothing. */
export function factTablesOf(records: readonly StreamRecord[]): readonly FactTable[] {
  return records.flatMap(({ event }) =>
    event.type === observationsType ? tablesOf(event as ObservationsEvent) : [],
  );
}

function tablesOf({ data }: ObservationsEvent): FactTable[] {
  const { cluster, node, namespace, workload } = data.subject;
  return data.rows.map(({ peer, role, service_port, fields }) => ({
    cluster,
    node,
    namespace,
    workload,
    role,
    service_port,
    'peer.kind': peer.kind,
    ...fields,
    measure:
      ((fields['retransmits'] ?? 0) - (fields['spurious_retransmits'] ?? 0)) / (fields['data_segments'] ?? 0),
  }));
}
