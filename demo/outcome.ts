import type { Capture } from '../stream/events/capture.ts';
import type { PlayedAct } from './acts/act.ts';
import type { Reporter } from './reporter.ts';
import { renderMessage } from './slack/render-message.ts';
import type { Trouble } from './trouble.ts';

/** A trouble with what was captured for it. */
export interface Outcome {
  readonly trouble: Trouble;
  readonly captures: readonly Capture[];
}

/** One line of `--json`. Seconds; null: it did not happen. */
export function outcomeAsJson(outcome: Outcome, played: PlayedAct): Readonly<Record<string, unknown>> {
  const { trouble, captures } = outcome;
  const since = (atMs: number | undefined, fromMs: number): number | null =>
    atMs === undefined ? null : Math.round(atMs - fromMs) / 1000;
  return {
    act: played.act.name,
    trouble: trouble.title,
    ...played.report.counts,
    fault_s: since(played.healedAtMs, played.begunAtMs),
    noticed_after_s: since(trouble.noticedAtMs, played.begunAtMs),
    paged_after_s: since(trouble.pagedAtMs, played.begunAtMs),
    resolved_after_healing_s: since(trouble.resolvedAtMs, played.healedAtMs),
    captures: captures.map((capture) => ({
      id: capture.id,
      phase: capture.phase,
      packets_before: capture.packets_before,
      packets_after: capture.packets_after,
      seconds_held: capture.seconds_held,
      bytes: capture.bytes,
      likely_cause: capture.summary?.likely_cause ?? null,
    })),
  };
}

/** The same for people. */
export function showOutcome(outcome: Outcome, played: PlayedAct, reporter: Reporter): void {
  const { trouble, captures } = outcome;
  const { colors } = reporter;
  const { act } = played;
  showThread(trouble, reporter);
  const after = (atMs: number | undefined, fromMs: number): string =>
    atMs === undefined ? colors.red('never') : colors.bold(`${((atMs - fromMs) / 1000).toFixed(2)} s`);
  reporter.show([
    '',
    `  fault → notice     ${after(trouble.noticedAtMs, played.begunAtMs)}`,
    act.expects === 'page'
      ? `  fault → page       ${after(trouble.pagedAtMs, played.begunAtMs)}`
      : '  fault → page       none: it is worth a notice, and wakes nobody',
    ...describeCaptures(captures),
    act.resolves
      ? `  healed → resolved  ${after(trouble.resolvedAtMs, played.healedAtMs)}`
      : '  healed → resolved  not within the demo: it stays news for an hour',
    '',
  ]);
}

/** The message as it stands, with its thread. */
export function showThread(trouble: Trouble, reporter: Reporter): void {
  const { colors } = reporter;
  const width = 92;
  const message = renderMessage(trouble.message, { colors, width });
  const replies = trouble.replies.map((reply) => renderMessage(reply, { colors, width: width - 4 }));
  const bar = colors.green('┃');
  reporter.show([
    '',
    colors.dim('  As Slack shows it now (it was changed in place):'),
    ...message.map((line) => `  ${bar} ${line}`),
    ...replies.flatMap((lines) => [
      `  ${bar}`,
      ...lines.map((line, n) => `  ${bar} ${n === 0 ? '↳ ' : '  '}${line}`),
    ]),
  ]);
}

/** A refusal matters only where there is nothing else: the cool-down refuses a second capture of the same flow. */
function describeCaptures(captures: readonly Capture[]): readonly string[] {
  const taken = captures.filter(({ file }) => file !== null);
  if (taken.length === 0)
    return captures.map(({ phase, reason }) => `  no packets       ${phase}: ${reason ?? '?'}`);
  return taken.map((capture) => {
    const { packets_before: before, packets_after: after, seconds_held: heldS, bytes } = capture;
    return `  packets            ${before} from before the alert (${heldS.toFixed(1)} s held), ${after} from after it, ${Math.round(bytes / 1000)} kB`;
  });
}
