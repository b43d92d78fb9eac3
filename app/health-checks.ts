import type { EmbeddedHost } from '../stream/embedded/embedded-host.ts';
import type { HealthCheck } from './http/status-server.ts';
import type { Observer } from './observer.ts';
import type { Pager } from './pager.ts';
import { describePart } from './part-report.ts';
import type { RuleService } from './rule-service.ts';

/** Sound: every stage moves. */
export function stageChecks(host: Pick<EmbeddedHost, 'health'>): readonly HealthCheck[] {
  return host.health().map(({ stage, lag, ok, reason }) => ({
    name: `stage ${stage}`,
    ok,
    reason: ok ? `${lag} records wait` : reason,
  }));
}

/** A stage so many records behind (hosts count no further): agents are asked to wait, their spools are on other disks. */
const maxLag = 10_000;

/** Why the stages can take nothing more for now; undefined: they can. */
export function pressureOf(host: Pick<EmbeddedHost, 'health'>): string | undefined {
  const behind = host.health().find(({ lag }) => lag >= maxLag);
  return behind && `stage ${behind.stage} is ${behind.lag} records behind or more`;
}

/** Able to do the job: receivers take messages, signals are attached, the files' rules are those in force. */
export function readinessChecks(
  pager: Pick<Pager, 'health'>,
  observer: Pick<Observer, 'parts'>,
  rules: Pick<RuleService, 'refused' | 'current'>,
): readonly HealthCheck[] {
  const receivers = pager.health().map(({ name, ready, reason, waiting }) => ({
    name: `receiver ${name}`,
    ok: ready,
    reason: reason ?? `${waiting} messages wait`,
  }));
  const parts = observer
    .parts()
    .map((part) => ({ name: part.name, ok: part.state !== 'missing', reason: describePart(part) }));
  const [refused] = rules.refused();
  const loaded = `${rules.current().rules.length} loaded`;
  return [
    ...receivers,
    ...parts,
    {
      name: 'rules',
      ok: refused === undefined,
      reason: refused === undefined ? loaded : `a change is refused: ${refused}`,
    },
  ];
}
