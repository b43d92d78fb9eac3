import { join } from 'node:path';
import type { Role, SocketEvidence } from '../../stream/events/observation.ts';
import { tcpStateNames } from '../tcp-states.ts';
import { parseProcNetTcp, type ProcTcpSocket } from './proc-net-tcp.ts';
import { readBounded } from './read-bounded.ts';

/** Sockets to one peer that wait for an answer in vain. */
export interface StalledPeer {
  readonly role: Role;
  readonly servicePort: number;
  readonly peerIp: string;
  readonly count: number;
  /** The first few. */
  readonly sockets: readonly SocketEvidence[];
}

const maxTableBytes = 4 << 20;
const maxEvidence = 8;
const stalledAfterTimeouts = 2;
const retransmissionTimer = 1;
const synSent = 2;
const synReceived = 3;
const listen = 10;

/** Sockets of one network namespace with two or more unanswered retransmission time-outs in a row, by peer. */
export function readStalledPeers(netPath: string): readonly StalledPeer[] {
  const sockets = ['tcp', 'tcp6'].flatMap((table) => [
    ...parseProcNetTcp(readBounded(join(netPath, table), maxTableBytes) ?? ''),
  ]);
  const listening = new Set(
    sockets.filter(({ state }) => state === listen).map(({ localPort }) => localPort),
  );
  const groups = Map.groupBy(sockets.filter(isStalled), (socket) => peerKey(socket, listening));
  return [...groups.values()].flatMap((group) => toPeer(group, listening) ?? []);
}

function isStalled({ state, timer, unansweredTimeouts }: ProcTcpSocket): boolean {
  const established = state !== synSent && state !== synReceived && state !== listen;
  return established && timer === retransmissionTimer && unansweredTimeouts >= stalledAfterTimeouts;
}

/** A socket whose local port someone listens on was accepted there. */
function roleOf({ localPort }: ProcTcpSocket, listening: ReadonlySet<number>): Role {
  return listening.has(localPort) ? 'server' : 'client';
}

function servicePortOf(socket: ProcTcpSocket, listening: ReadonlySet<number>): number {
  return roleOf(socket, listening) === 'server' ? socket.localPort : socket.remotePort;
}

function peerKey(socket: ProcTcpSocket, listening: ReadonlySet<number>): string {
  return `${roleOf(socket, listening)} ${servicePortOf(socket, listening)} ${socket.remoteIp}`;
}

function toPeer(group: readonly ProcTcpSocket[], listening: ReadonlySet<number>): StalledPeer | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  return {
    role: roleOf(first, listening),
    servicePort: servicePortOf(first, listening),
    peerIp: first.remoteIp,
    count: group.length,
    sockets: group.slice(0, maxEvidence).map(toEvidence),
  };
}

function toEvidence(socket: ProcTcpSocket): SocketEvidence {
  return {
    local: endpoint(socket.localIp, socket.localPort),
    remote: endpoint(socket.remoteIp, socket.remotePort),
    state: tcpStateNames[socket.state] ?? 'UNKNOWN',
    cause: `${socket.unansweredTimeouts} time-outs without an answer`,
    uid: socket.uid,
  };
}

function endpoint(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
