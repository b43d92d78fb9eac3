import { signalCatalogue } from '../signals/catalogue.ts';
import { describeCounted } from '../signals/describe-counted.ts';
import { formatDuration, formatFigure } from '../source-text/figures.ts';
import type { Guard, Transition } from '../stream/events/transition.ts';

/**
 * Why an alert is what it is, for people: for each transition of one episode, what was seen, what is normal for this
 * key, and which guard held. Plain text, from the transitions alone.
 */
export function explain(transitions: readonly Transition[]): string {
  const ordered = [...transitions].sort((a, b) => a.episode - b.episode || a.seq - b.seq);
  const [first] = ordered;
  if (!first) return 'Nothing is known of this alert.\n';
  return (
    [heading(first), ...ordered.map((transition) => explainTransition(transition, first))].join('\n\n') + '\n'
  );
}

function heading({ alert, rule_id: ruleId, fingerprint, episode, key, dry_run: dryRun }: Transition): string {
  const values = Object.entries(key).map(([name, value]) => `${name}=${value}`);
  const mark = dryRun ? ', dry run: never sent' : '';
  return `${alert} ${values.join(' ')}\nrule ${ruleId}, alert ${fingerprint}, episode ${episode}${mark}`;
}

function explainTransition(transition: Transition, first: Transition): string {
  const { at_ms: atMs, update, state, level, reason } = transition;
  const what = update ? 'new figures' : level === null || state !== 'firing' ? state : `${state} (${level})`;
  const sinceMs = atMs - first.at_ms;
  const since = sinceMs > 0 ? ` +${formatDuration(sinceMs)}` : '';
  const lines = [`${new Date(atMs).toISOString()}${since}  ${what}: ${reason}`, `  ${figures(transition)}`];
  lines.push(...describeCounted(transition).map((line) => `    ${line}`));
  if (transition.baseline) lines.push(...baselineLines(transition));
  return lines.join('\n');
}

function figures(transition: Transition): string {
  const { signal, measure, value, worst_value: worst, window_ms: windowMs } = transition;
  const format = formatterOf(signal, measure);
  if (value === null) return `${measure}: unknown over ${formatDuration(windowMs)}`;
  const worse = worst !== null && worst > value ? `, at worst ${format(worst)}${worstOver(transition)}` : '';
  return `${measure}: ${format(value)} over ${formatDuration(windowMs)}${worse}`;
}

function worstOver({ worst_window_ms: windowMs }: Transition): string {
  return windowMs === undefined ? '' : ` over ${formatDuration(windowMs)}`;
}

function formatterOf(signal: string, measure: string): (value: number) => string {
  const unit = signalCatalogue.get(signal)?.measures[measure]?.unit;
  return (value) => formatFigure(value, unit);
}

function baselineLines({ signal, measure, baseline }: Transition): string[] {
  if (!baseline) return [];
  const format = formatterOf(signal, measure);
  const shown = (value: number | null) => (value === null ? 'unknown' : format(value));
  const band = `expected ${shown(baseline.expected)}, ${baseline.lower === null ? 'up to' : `${shown(baseline.lower)} to`} ${shown(baseline.upper)}`;
  const score = baseline.score === null ? 'unknown' : baseline.score.toFixed(2);
  return [
    `  ${baseline.method} baseline: ${band}; score ${score} (above 1: abnormal)`,
    `  ${baseline.why}`,
    ...baseline.guards.map(guardLine),
  ];
}

function guardLine({ name, held, text }: Guard): string {
  return `    ${held ? 'held    ' : 'not held'}  ${name.padEnd(11)} ${text}`;
}
