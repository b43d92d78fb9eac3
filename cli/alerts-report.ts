import { observedReceipt } from '../notifiers/observe.ts';
import type { RuleFigures } from '../stream/events/digest.ts';
import type { AnyHistory } from './history.ts';
import { formatDuration } from '../source-text/figures.ts';
import { formatTable, formatTime } from './output.ts';

/** Of one receiver, while `paging: observe`. */
export interface ObservedReceiver {
  readonly receiver: string;
  /** Messages that would have been new there. */
  readonly messages: number;
}

export interface AlertsReport {
  readonly since_ms: number;
  readonly until_ms: number;
  readonly receivers: readonly ObservedReceiver[];
  /** The history gives no more messages at once: there were at least so many. */
  readonly at_least: boolean;
  readonly rules: readonly RuleFigures[];
}

const maxNotifications = 1_000;

/** What would have been sent within a time, by receiver and by rule. */
export async function createAlertsReport(
  history: Pick<AnyHistory, 'listNotifications' | 'figuresByRule'>,
  range: { readonly sinceMs: number; readonly untilMs: number },
): Promise<AlertsReport> {
  const all = await history.listNotifications({ ...range, limit: maxNotifications });
  const counts = new Map<string, number>();
  for (const { receipt, purpose, receiver } of all)
    if (receipt?.[observedReceipt] !== undefined && purpose === 'firing')
      counts.set(receiver, (counts.get(receiver) ?? 0) + 1);
  return {
    since_ms: range.sinceMs,
    until_ms: range.untilMs,
    receivers: [...counts].toSorted().map(([receiver, messages]) => ({ receiver, messages })),
    at_least: all.length === maxNotifications,
    rules: await history.figuresByRule(range),
  };
}

export function renderAlertsReport(report: AlertsReport): string {
  const { receivers, rules } = report;
  const span = `${formatTime(report.since_ms)} – ${formatTime(report.until_ms)}`;
  if (rules.length === 0) return `${span}: no rule fired; nobody would have been told anything`;
  const told = receivers.map(({ receiver, messages }) => `${receiver} ${messages}`).join(', ');
  const first =
    receivers.length === 0
      ? `${span}: nothing was held back by paging: observe`
      : `${span}: not sent while observing: ${told} new messages${report.at_least ? ' or more' : ''}`;
  return [first, '', formatTable(header, rules.map(toRow))].join('\n');
}

const header = ['RULE', 'FIRED', 'PAGES', 'ENDED ALONE', 'STILL FIRING', 'MEAN', 'MOST AT'];

function toRow(rule: RuleFigures): readonly string[] {
  return [
    rule.alert,
    String(rule.fired),
    String(rule.pages),
    String(rule.ended_alone),
    String(rule.still_firing),
    rule.mean_duration_ms === null ? '–' : formatDuration(rule.mean_duration_ms),
    `${rule.most.workload} (${rule.most.fired})`,
  ];
}
