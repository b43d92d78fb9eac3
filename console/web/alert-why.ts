import type { AlertDetailView } from '../api/alert-routes.ts';
import { whyItFired } from '../../stream/events/why-it-fired.ts';
import { formatAge, formatFigure } from '../../source-text/figures.ts';
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
  const { because, checked } = whyItFired(decided);
  const age = `${baseline.learned ? 'learned over' : 'still learning, for'} ${formatAge(baseline.age_ms)}`;
  return html`<${Card} title="Why" aside=${`its normal: ${age} (${baseline.method})`}>
    ${because.map((sentence) => html`<p class="why" key=${sentence}>${sentence}</p>`)}
    <p class="muted">${describeBand(baseline, unit)}</p>
    <p class="guards-title">What was checked:</p>
    <ul class="guards">
      ${checked.map(
        (guard) =>
          html`<li key=${guard.name} class=${guard.held ? 'held' : 'not-held'}>
            <span class="guard-mark" aria-label=${guard.held ? 'held' : 'not held'}
              >${guard.held ? '✓' : '–'}</span
            >
            <span title=${guard.name}
              >${guard.text}${!guard.held && html` <span class="muted">(did not decide)</span>`}</span
            >
          </li>`,
      )}
    </ul>
  <//>`;
}

type Baseline = NonNullable<AlertDetailView['transitions'][number]['baseline']>;

function describeBand({ expected, upper, score }: Baseline, unit: string): string {
  const band = upper === null ? '' : `, normally up to ${formatFigure(upper, unit)}`;
  const normal = expected === null ? '' : `Expected ${formatFigure(expected, unit)}${band}. `;
  return score === null ? normal : `${normal}Score ${score.toFixed(2)}; above 1 is abnormal.`;
}
