import type { Transition } from '../../stream/events/transition.ts';

export type AlertReference = Readonly<Pick<Transition, 'fingerprint' | 'episode'>>;

/** Why there is no picture; fit for a metric label. */
export const chartOutcomes = ['drawn', 'no_data', 'busy', 'late', 'failed'] as const;
export type ChartOutcome = (typeof chartOutcomes)[number];

/**
 * Draws value against band of an alert as a PNG. Never rejects: a picture is an extra, and null says that there is
 * none this time. It ends when `signal` does.
 */
export type ChartMaker = (alert: AlertReference, signal: AbortSignal) => Promise<Uint8Array | null>;

/** Where nobody draws. */
export const noCharts: ChartMaker = async () => null;
