import { createHash } from 'node:crypto';

/** Identity of an alert over all its episodes: the same rule, cluster and values of `by` give the same one, always. */
export function fingerprintOf(ruleId: string, cluster: string, by: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([ruleId, cluster, ...by]))
    .digest('hex')
    .slice(0, 16);
}
