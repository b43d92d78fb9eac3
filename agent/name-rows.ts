import type { Evidence, ObservationBatch, ObservationRow, Subject } from '../stream/events/observation.ts';
import type { PeerNamer, ProcessNamer, WorkloadNamer } from './names/port.ts';
import type { LabelsOf } from './names/workload-labels.ts';
import type { ProbeRow } from './probe.ts';

export interface Namers {
  readonly workloadNamer: WorkloadNamer;
  readonly peerNamer: PeerNamer;
  readonly processNamer: ProcessNamer;
  readonly labelsOf?: LabelsOf;
}

export interface NamedRow {
  readonly subject: Subject;
  readonly row: ObservationRow;
}

/** Gives a row the names of its workload, its peer as this client knows it, and its processes. */
export function nameRow(row: ProbeRow, namers: Namers): NamedRow {
  // Asked first, and in any case: the peer namer knows a client's namespace from there.
  const subject = subjectOf(row, namers);
  const evidence = evidenceOf(row, namers.processNamer);
  return {
    subject,
    row: {
      signal: row.signal,
      role: row.role,
      service_port: row.servicePort,
      peer: row.peer ?? namers.peerNamer.peerOf(row.owner.netnsCookie, row.peerIp),
      ...(row.target !== undefined && { target: row.target }),
      fields: row.fields,
      ...(evidence !== undefined && { evidence }),
    },
  };
}

function subjectOf(row: ProbeRow, { workloadNamer, labelsOf }: Namers): Subject {
  const owner = workloadNamer.subjectOf(row.owner);
  const { cluster, node } = owner;
  const subject = row.subject === undefined ? owner : { ...row.subject, cluster, node };
  const labels = labelsOf?.(subject);
  return labels === undefined ? subject : { ...subject, labels };
}

function evidenceOf(row: ProbeRow, processNamer: ProcessNamer): Evidence | undefined {
  const sockets = row.sockets.map((socket) =>
    socket.pid === undefined ? socket : { ...socket, ...processNamer.processOf(socket.pid) },
  );
  if (row.evidence !== undefined) return { ...row.evidence, sockets };
  return sockets.length > 0 ? { sockets } : undefined;
}

/** One batch a workload, so that the envelope is paid once. */
export function toBatches(
  rows: readonly NamedRow[],
  window: ObservationBatch['window'],
  candidate: boolean,
): readonly ObservationBatch[] {
  const bySubject = Map.groupBy(rows, ({ subject }) => subjectId(subject));
  return [...bySubject.values()].flatMap((group) => {
    const subject = group[0]?.subject;
    return subject === undefined ? [] : [{ window, candidate, subject, rows: group.map(({ row }) => row) }];
  });
}

/** Without labels: they follow from the rest. */
function subjectId(subject: Subject): string {
  const { cluster, node, namespace, workload, pod, container, netns_cookie } = subject;
  return JSON.stringify([cluster, node, namespace, workload, pod, container, netns_cookie]);
}
