import type { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;

/** One thing that runs or does not: a signal, the flight recorder, names by DNS. */
export interface PartReport {
  readonly name: string;
  readonly attached: boolean;
  /** How, or why not. */
  readonly detail: string;
  /** What to do where it is not attached; empty: nothing to do. */
  readonly remedy: string;
}

export interface StartReport {
  readonly version: string;
  readonly cluster: string;
  readonly node: string;
  readonly parts: readonly PartReport[];
  readonly rules: readonly { readonly alert: string; readonly signal: string; readonly dryRun: boolean }[];
  readonly learnMs: number | null;
  readonly dataDirectory: string;
  readonly statusUrl: string;
  readonly configPath: string | undefined;
  readonly receivers: readonly string[];
  /** true: nothing was configured, pages go to this terminal. */
  readonly defaultReceivers: boolean;
}

/** The one screen after the start: what is watched, judged, kept and told, and what is not and why. */
export function renderStartScreen(report: StartReport, colors: Colors): string {
  const label = (text: string) => colors.dim(text.padEnd(9));
  const continued = ' '.repeat(9);
  const lines = [
    '',
    `${colors.bold('Saccade')} ${report.version} on node ${report.node}, cluster ${report.cluster}`,
    '',
    ...indent(
      label('watches'),
      continued,
      report.parts.flatMap((part) => renderPart(part, colors)),
    ),
    ...indent(label('rules'), continued, renderRules(report)),
    `${label('pages')}${renderReceivers(report, colors)}`,
    `${label('data')}${report.dataDirectory}`,
    `${label('metrics')}${report.statusUrl}/metrics`,
    `${label('config')}${report.configPath ?? 'built-in defaults'}`,
    '',
    colors.dim('Alerts appear below. Ctrl-C stops; the next start goes on where this one ended.'),
    '',
  ];
  return lines.join('\n');
}

/** The warning above the screen where the main job cannot be done here. */
export function renderBanner(title: string, lines: readonly string[], colors: Colors): string {
  const width = Math.max(title.length, ...lines.map((line) => line.length)) + 2;
  const rule = '─'.repeat(width);
  const row = (text: string) => colors.yellow('│') + ` ${text}`.padEnd(width) + colors.yellow('│');
  return [
    colors.yellow(`┌${rule}┐`),
    row(title),
    ...lines.map((line) => row(line)),
    colors.yellow(`└${rule}┘`),
  ].join('\n');
}

function renderPart(part: PartReport, colors: Colors): string[] {
  const mark = part.attached ? colors.green('✓') : colors.red('✗');
  const first = `${mark} ${part.name.padEnd(16)} ${part.detail}`;
  return part.remedy === '' ? [first] : [first, `  ${' '.repeat(16)} ${colors.yellow(`→ ${part.remedy}`)}`];
}

function renderRules(report: StartReport): string[] {
  if (report.rules.length === 0) return ['none: nothing will ever page'];
  const learning =
    report.learnMs === null ? '' : `; learning period shortened to ${report.learnMs / 1000} s for every rule`;
  return [
    `${report.rules.length} loaded${learning}`,
    ...report.rules.map(
      (rule) => `  ${rule.alert} (${rule.signal})${rule.dryRun ? ', dry run: never sent' : ''}`,
    ),
  ];
}

function renderReceivers(report: StartReport, colors: Colors): string {
  if (report.defaultReceivers)
    return colors.yellow('to this terminal only: no receiver is configured (README, "Page somebody")');
  return `to ${report.receivers.join(', ')}`;
}

function indent(first: string, rest: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? first : rest) + line);
}
