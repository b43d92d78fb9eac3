import type { AlertDetailView } from '../api/alert-routes.ts';
import { formatDuration, formatValue } from './format.ts';
import { html } from './html.ts';
import { Card, Empty } from './parts.ts';

interface AlertWhyProps {
  readonly transitions: AlertDetailView['transitions'];
  readonly unit: string;
}

/** Why it counts as abnormal: the baseline's sentence and its guards, as they were when it fired. */
export function AlertWhy({ transitions, unit }: AlertWhyProps) {
  const decided =
    transitions.findLast(
      ({ state, update, baseline }) => state === 'firing' && !update && baseline !== null,
    ) ?? transitions.findLast(({ baseline }) => baseline !== null);
  const baseline = decided?.baseline;
  if (decided === undefined || baseline === undefined || baseline === null)
    return html`<${Card} title="Why"
      ><${Empty} title="This rule has no baseline">${transitions.at(-1)?.reason}<//><//
    >`;
  const age = `${baseline.learned ? 'learned' : 'still learning'}, ${formatDuration(baseline.age_ms)} old`;
  return html`<${Card} title="Why" aside=${`${baseline.method} baseline, ${age}`}>
    <p class="why">${baseline.why}</p>
    <p class="muted">${describeBand(baseline, unit)}</p>
    <ul class="guards">
      ${baseline.guards.map(
        (guard) =>
          html`<li key=${guard.name} class=${guard.held ? 'held' : 'not-held'}>
            <span class="guard-mark" aria-label=${guard.held ? 'held' : 'not held'}
              >${guard.held ? '✓' : '–'}</span
            >
            <span class="mono">${guard.name}</span><span>${guard.text}</span>
          </li>`,
      )}
    </ul>
  <//>`;
}

type Baseline = NonNullable<AlertDetailView['transitions'][number]['baseline']>;

function describeBand({ expected, upper, score }: Baseline, unit: string): string {
  const band = upper === null ? '' : `, normally up to ${formatValue(upper, unit)}`;
  const scored = score === null ? 'unknown' : score.toFixed(2);
  return `Expected ${formatValue(expected, unit)}${band}. Score ${scored}; above 1 is abnormal.`;
}
