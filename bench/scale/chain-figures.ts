import { mean } from '../statistics.ts';
import type { ProcessUse } from '../process-cpu.ts';
import { type Member, members } from './chain.ts';

export type FlushedTopic = 'raw' | 'signals' | 'wide' | 'state.judge' | 'alerts';

/** The chain at a moment; counts are those since its start. */
export interface ChainSample {
  readonly atMs: number;
  readonly uses: Readonly<Record<Member, ProcessUse>>;
  /** Records that wait. */
  readonly lags: Readonly<Record<string, number>>;
  /** In the broker's files: one copy, compressed. */
  readonly bytes: Readonly<Record<FlushedTopic, number>>;
  readonly observations: number;
  readonly batches: number;
  /** JSON, before it is compressed. */
  readonly plainBytes: number;
  /** Of the last seconds: until the broker had everything of a second. */
  readonly lateMs: readonly number[];
}

export interface ChainFigures {
  readonly observationsPerSecond: number;
  readonly batchesPerSecond: number;
  readonly plainBytesPerObservation: number;
  /** Beyond what it takes without any. */
  readonly cpuPerObservation: Readonly<Record<Member, number>>;
  readonly idle: IdleUse;
  readonly cores: Readonly<Record<Member, number>>;
  readonly residentBytes: Readonly<Record<Member, number>>;
  /** Growth a second, of which some is not the observations': ticks, state. */
  readonly bytesPerObservation: Readonly<Record<FlushedTopic, number>>;
  readonly lateMs: number;
  /** Records that waited in the end. */
  readonly lags: Readonly<Record<string, number>>;
  /** Nobody fell behind by more than this share of what came meanwhile: the figures are of a steady state. */
  readonly held: boolean;
}

/** Of a chain to which nobody sends: ticks, polling, groups that are kept. */
export interface IdleUse {
  readonly cores: Readonly<Record<Member, number>>;
  readonly residentBytes: Readonly<Record<Member, number>>;
}

export type TimedUses = Pick<ChainSample, 'atMs' | 'uses'>;

export function idleUse(before: TimedUses, after: TimedUses): IdleUse {
  return {
    cores: coresBetween(before, after),
    residentBytes: byMember((member) => after.uses[member].residentBytes),
  };
}

const heldShare = 0.1;

export function chainFigures(idle: IdleUse, before: ChainSample, after: ChainSample): ChainFigures {
  const seconds = (after.atMs - before.atMs) / 1000;
  const observations = after.observations - before.observations;
  const batches = after.batches - before.batches;
  const cores = coresBetween(before, after);
  const grown = (topic: FlushedTopic): number => (after.bytes[topic] - before.bytes[topic]) / observations;
  const fellBehind = Object.keys(after.lags).map(
    (who) => (after.lags[who] ?? 0) - Math.max(0, before.lags[who] ?? 0),
  );
  return {
    observationsPerSecond: observations / seconds,
    batchesPerSecond: batches / seconds,
    plainBytesPerObservation: (after.plainBytes - before.plainBytes) / observations,
    cpuPerObservation: byMember(
      (member) => (Math.max(0, cores[member] - idle.cores[member]) * seconds) / observations,
    ),
    idle,
    cores,
    residentBytes: byMember((member) => after.uses[member].residentBytes),
    bytesPerObservation: {
      raw: grown('raw'),
      signals: grown('signals'),
      wide: grown('wide'),
      'state.judge': grown('state.judge'),
      alerts: grown('alerts'),
    },
    lateMs: mean(after.lateMs),
    lags: after.lags,
    held: Math.max(...fellBehind) <= heldShare * batches,
  };
}

function coresBetween(before: TimedUses, after: TimedUses): Readonly<Record<Member, number>> {
  const seconds = (after.atMs - before.atMs) / 1000;
  return byMember((member) => (after.uses[member].cpuSeconds - before.uses[member].cpuSeconds) / seconds);
}

function byMember(read: (member: Member) => number): Readonly<Record<Member, number>> {
  return Object.fromEntries(members.map((member) => [member, read(member)])) as Record<Member, number>;
}
