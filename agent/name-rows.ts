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
  /** See `ProbeRow`. */
  readonly sinceMs?: number;
}

/** Gives a row the names of its workload, its peer as this client knows it, and its processes. */
export function nameRow(row: ProbeRow, namers: Namers): NamedRow {
  // Asked first, and in any case: the peer namer knows a client's namespace from there.
  const subject = subjectOf(row, namers);
  const evidence = evidenceOf(row, namers.processNamer);
  return {
    subject,
    ...(row.sinceMs !== undefined && { sinceMs: row.sinceMs }),
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
  // What is configured for a workload goes before what its pods say of themselves.
  return labels === undefined ? subject : { ...subject, labels: { ...subject.labels, ...labels } };
}

function evidenceOf(row: ProbeRow, processNamer: ProcessNamer): Evidence | undefined {
  const sockets = row.sockets.map((socket) =>
    socket.pid === undefined ? socket : { ...socket, ...processNamer.processOf(socket.pid) },
  );
  if (row.evidence !== undefined) return { ...row.evidence, sockets };
  return sockets.length > 0 ? { sockets } : undefined;
}

/** The aligned window that rows are told of, and how far it has come. */
export interface TellingWindow {
  readonly startMs: number;
  readonly ms: number;
  readonly untilMs: number;
}

/** One batch a workload and time, so that the envelope is paid once. */
export function toBatches(
  rows: readonly NamedRow[],
  window: TellingWindow,
  candidate: boolean,
): readonly ObservationBatch[] {
  const groups = Map.groupBy(rows, ({ subject, sinceMs }) => `${sinceMs ?? ''} ${subjectId(subject)}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { subject, sinceMs } = first;
    return [{ window: toSpan(window, sinceMs), candidate, subject, rows: group.map(({ row }) => row) }];
  });
}

/** Rows that were gathered over several windows have one as long as all of them. */
function toSpan({ startMs, ms, untilMs }: TellingWindow, sinceMs = startMs): ObservationBatch['window'] {
  const beginMs = Math.min(startMs, Math.floor(sinceMs / ms) * ms);
  return {
    start: new Date(beginMs).toISOString(),
    ms: ms + startMs - beginMs,
    elapsed_ms: Math.max(0, untilMs - beginMs),
  };
}

/** Without labels: they follow from the rest. */
function subjectId(subject: Subject): string {
  const { cluster, node, namespace, workload, pod, container, netns_cookie } = subject;
  return JSON.stringify([cluster, node, namespace, workload, pod, container, netns_cookie]);
}
