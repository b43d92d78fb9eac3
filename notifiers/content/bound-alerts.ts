import type { AlertFacts } from './alert-facts.ts';

const limitBytes = 256_000;

/** The first alerts that fit into a size that every program takes, and how many were left out. */
export function boundAlerts(alerts: readonly AlertFacts[]): {
  readonly alerts: readonly AlertFacts[];
  readonly truncated: number;
} {
  let bytes = 0;
  const kept = alerts.filter((facts, index) => {
    bytes += Buffer.byteLength(JSON.stringify(facts));
    return index === 0 || bytes <= limitBytes;
  });
  return { alerts: kept, truncated: alerts.length - kept.length };
}
