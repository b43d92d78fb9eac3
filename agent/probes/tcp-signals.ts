import type { TcpCounters } from './tcp-layout.ts';

/** Members that only count up. */
export type TcpCounterName = Exclude<
  keyof TcpCounters,
  'incarnation' | 'min_rtt_even' | 'min_rtt_odd' | 'netns_inode'
>;
/** How far a counter has moved since it was told last. */
export type Delta = (counter: TcpCounterName) => number;
export type Fields = Readonly<Record<string, number>>;

/** How one signal is read off the counters of a key. */
export interface TcpSignal {
  readonly id: string;
  /** undefined: nothing worth a row. */
  fields(delta: Delta, now: TcpCounters): Fields | undefined;
  /** What makes a row worth telling before its time; absent: nothing does. */
  troubles(delta: Delta): number;
}

const noTrouble = (): number => 0;

const failures = (delta: Delta): number =>
  delta('refused') + delta('unanswered') + delta('unreachable') + delta('given_up');

export const tcpTrafficSignal: TcpSignal = {
  id: 'tcp.traffic',
  fields: (delta) =>
    someOf({
      bytes_sent: delta('bytes_sent'),
      bytes_received: delta('bytes_received'),
      data_segments: delta('data_segments'),
    }),
  troubles: noTrouble,
};

export const tcpConnectionsSignal: TcpSignal = {
  id: 'tcp.connections',
  fields(delta, now) {
    const moved = someOf({
      established: delta('established'),
      closed: delta('closed'),
      timed_out: delta('timed_out'),
      handshakes: delta('handshakes_timed'),
      handshake_us: delta('handshake_us'),
    });
    // After an eviction, what was open before is not known.
    const open = Math.max(0, now.sockets_opened - now.sockets_closed);
    return moved && { ...moved, open_sockets: open };
  },
  troubles: noTrouble,
};

/** Of clients only: a server's handshakes that come to nothing are its clients' failures. */
export const tcpConnectFailuresSignal: TcpSignal = {
  id: 'tcp.connect_failures',
  fields: (delta) =>
    someOf({
      attempts: delta('established') + failures(delta),
      failures: failures(delta),
      refused: delta('refused'),
      timed_out: delta('unanswered'),
      unreachable: delta('unreachable'),
      given_up: delta('given_up'),
    }),
  troubles: failures,
};

export const tcpResetsSignal: TcpSignal = {
  id: 'tcp.resets',
  fields: (delta) =>
    someOf({
      closed: delta('closed'),
      received: delta('resets_received'),
      mid_exchange: delta('resets_mid_exchange'),
      aborted: delta('aborted'),
      aborted_unread: delta('aborted_unread'),
    }),
  troubles: (delta) => delta('resets_mid_exchange'),
};

function someOf(fields: Fields): Fields | undefined {
  return Object.values(fields).some((value) => value !== 0) ? fields : undefined;
}
