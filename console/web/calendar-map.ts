import type { CalendarView } from '../api/history-routes.ts';
import { queryText } from './api-client.ts';
import { plural } from '../../source-text/figures.ts';
import { formatDay } from './format.ts';
import { html } from './html.ts';
import { setQuery } from './router.ts';
import { useApi } from './use-api.ts';

interface CalendarMapProps {
  /** Midnight (UTC) after the last day shown. */
  readonly untilMs: number;
  readonly days: number;
  readonly chosenMs: number | undefined;
}

const dayMs = 86_400_000;
const cell = 13;
const gap = 2;
const top = 16;
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Day {
  readonly alerts: number;
  readonly pages: number;
}

/** A year of days, a column a week; the darker, the more. Red where somebody was paged. */
export function CalendarMap({ untilMs, days, chosenMs }: CalendarMapProps) {
  const sinceMs = untilMs - days * dayMs;
  const { data } = useApi<CalendarView>(`/calendar${queryText({ since_ms: sinceMs, until_ms: untilMs })}`, {
    on: ['alert'],
  });
  const counts = countsOf(data?.days ?? []);
  const first = new Date(sinceMs).getUTCDay();
  const most = Math.max(1, ...[...counts.values()].map(({ alerts }) => alerts));
  const weeks = Math.ceil((days + first) / 7);
  const all = Array.from({ length: days }, (_, index) => sinceMs + index * dayMs);
  const place = (index: number): { x: number; y: number } => ({
    x: Math.floor((index + first) / 7) * (cell + gap),
    y: top + ((index + first) % 7) * (cell + gap),
  });
  const choose = (at: number): void =>
    setQuery(
      at === chosenMs
        ? { since_ms: '', until_ms: '' }
        : { since_ms: String(at), until_ms: String(at + dayMs) },
    );
  const total = [...counts.values()].reduce((sum, { alerts }) => sum + alerts, 0);
  return html`<div
    class="scroll"
    tabindex="0"
    role="region"
    aria-label=${`Calendar of the last year: ${plural(total, 'alert')}`}
  >
    <svg
      class="calendar"
      width=${weeks * (cell + gap)}
      height=${top + 7 * (cell + gap)}
      role="group"
      aria-label="Days with alerts"
    >
      ${all.map((at, index) => monthLabel(at, place(index).x))}
      ${all.map((at, index) => {
        const day = counts.get(at) ?? { alerts: 0, pages: 0 };
        const { x, y } = place(index);
        const text = `${formatDay(at)}: ${plural(day.alerts, 'alert')}, ${plural(day.pages, 'page')}`;
        const shade =
          day.alerts === 0 ? 0 : Math.max(1, Math.ceil((Math.log1p(day.alerts) / Math.log1p(most)) * 4));
        const className = `day ${day.pages > 0 ? 'page' : 'notice'} shade-${shade} ${at === chosenMs ? 'chosen' : ''}`;
        if (day.alerts === 0)
          return html`<rect
            key=${at}
            class=${className}
            x=${x}
            y=${y}
            width=${cell}
            height=${cell}
            rx="2"
          />`;
        return html`<rect
          key=${at}
          class=${className}
          x=${x}
          y=${y}
          width=${cell}
          height=${cell}
          rx="2"
          tabindex="0"
          role="button"
          aria-label=${text}
          onClick=${() => choose(at)}
          onKeyDown=${(event: KeyboardEvent) => event.key === 'Enter' && choose(at)}
          ><title>${text}</title></rect
        >`;
      })}
    </svg>
  </div>`;
}

function countsOf(days: CalendarView['days']): ReadonlyMap<number, Day> {
  const counts = new Map<number, Day>();
  for (const { day_ms: at, level, alerts } of days) {
    const before = counts.get(at) ?? { alerts: 0, pages: 0 };
    counts.set(at, { alerts: before.alerts + alerts, pages: before.pages + (level === 'page' ? alerts : 0) });
  }
  return counts;
}

function monthLabel(atMs: number, x: number) {
  const date = new Date(atMs);
  if (date.getUTCDate() !== 1) return null;
  return html`<text key=${`month ${atMs}`} x=${x} y="11">${monthNames[date.getUTCMonth()]}</text>`;
}
