import type { ObservationBatch, ObservationRow, Subject } from '../stream/events/observation.ts';
import type { PeerNamer, ProcessNamer, WorkloadNamer } from './names/port.ts';
import type { ProbeRow } from './probe.ts';

export interface Namers {
  readonly workloadNamer: WorkloadNamer;
  readonly peerNamer: PeerNamer;
  readonly processNamer: ProcessNamer;
}

export interface NamedRow {
  readonly subject: Subject;
  readonly row: ObservationRow;
}

/** Gives a row the names of its workload, its peer as this client knows it, and its processes. */
export function nameRow(row: ProbeRow, namers: Namers): NamedRow {
  const sockets = row.sockets.map((socket) =>
    socket.pid === undefined ? socket : { ...socket, ...namers.processNamer.processOf(socket.pid) },
  );
  return {
    subject: namers.workloadNamer.subjectOf(row.owner),
    row: {
      signal: row.signal,
      role: row.role,
      service_port: row.servicePort,
      peer: namers.peerNamer.peerOf(row.owner.netnsCookie, row.peerIp),
      fields: row.fields,
      ...(sockets.length > 0 && { evidence: { sockets } }),
    },
  };
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

function subjectId(subject: Subject): string {
  const { cluster, node, namespace, workload, pod, container, netns_cookie } = subject;
  return JSON.stringify([cluster, node, namespace, workload, pod, container, netns_cookie]);
}
