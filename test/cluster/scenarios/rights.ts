import { expect, it } from 'vitest';
import { type Access, auditedAccesses } from '../audit-log.ts';
import { grantedAccesses } from '../granted-accesses.ts';
import type { Stage } from '../stage.ts';

const asText = ({ account, verb, what }: Access): string => `${account}: ${verb} ${what}`;

/** The last of a stage: by then everything has been asked for that ever is. */
export function rightsScenario(stage: () => Stage): void {
  it('has exactly the rights that were used', { timeout: 60_000 }, async () => {
    const audited = auditedAccesses(stage().cluster).filter(({ account }) => account.startsWith('saccade/'));
    const used = new Set(audited.map(asText));
    const granted = await grantedAccesses(stage().cluster, 'saccade');
    expect(audited.filter(({ allowed }) => !allowed).map(asText)).toEqual([]);
    expect(granted.length).toBeGreaterThan(10);
    expect(granted.map(asText).filter((one) => !used.has(one))).toEqual([]);
  });
}
