import { type AlertReference, parseAlertReference } from './alert-id.ts';
import type { Filter } from './filter.ts';
import type { AlertSearch } from './search-alerts.ts';

/** true: the text is an alert's id or the beginning of one. */
export function addReference(where: Filter, text: string): boolean {
  if (!/^[0-9a-f]{6,}(?:-\d+)?$/.test(text)) return false;
  addEpisodes(where, parseAlertReference(text));
  return true;
}

/** Of fingerprints that begin so: the episode, or all. */
export function addEpisodes(where: Filter, { fingerprintPrefix, episode }: AlertReference): void {
  where.add('alerts.fingerprint >= ?', fingerprintPrefix);
  where.add('alerts.fingerprint < ?', `${fingerprintPrefix}\u{10ffff}`);
  where.addIf('alerts.episode = ?', episode ?? undefined);
}

export function addConditions(where: Filter, search: AlertSearch): void {
  addState(where, search.state);
  where.addIf('alerts.peak_level = ?', search.level);
  where.addIf('alerts.rule_id = ?', search.ruleId);
  where.addIf('alerts.namespace = ?', search.namespace);
  where.addIf('alerts.workload = ?', search.workload);
  where.addIf('alerts.peer = ?', search.peer);
  where.addIf('alerts.started_at_ms >= ?', search.sinceMs);
  where.addIf('alerts.started_at_ms < ?', search.untilMs);
  if (search.dryRun !== undefined) where.add('alerts.dry_run = ?', search.dryRun ? 1 : 0);
  if (search.verdict === 'none') where.add('alerts.verdict IS NULL');
  else where.addIf('alerts.verdict = ?', search.verdict);
}

/** In the words of the partial indices, which SQLite uses only where the query repeats their condition. */
function addState(where: Filter, state: AlertSearch['state']): void {
  if (state === 'open') where.add("alerts.ended_at_ms IS NULL AND alerts.state <> 'cancelled'");
  else if (state === undefined) where.add("alerts.state <> 'cancelled'");
  else if (state !== 'all')
    where.add(
      state === 'cancelled' ? 'alerts.state = ?' : "alerts.state = ? AND alerts.state <> 'cancelled'",
      state,
    );
}
