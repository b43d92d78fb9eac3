import type { createColors } from 'picocolors';
import { describePart, type PartReport, type PartState } from './part-report.ts';

export type Colors = ReturnType<typeof createColors>;

/** Why the main job cannot be done on this machine, and what would help. */
export interface MachineProblem {
  readonly reason: string;
  readonly remedy: string;
}

export interface StartReport {
  readonly version: string;
  readonly cluster: string;
  readonly node: string;
  /** undefined: eBPF runs here. */
  readonly machine: MachineProblem | undefined;
  readonly parts: readonly PartReport[];
  readonly rules: readonly { readonly alert: string; readonly signal: string; readonly dryRun: boolean }[];
  readonly learnMs: number | null;
  readonly dataDirectory: string;
  readonly statusUrl: string;
  /** undefined: the console is switched off. */
  readonly consoleUrl: string | undefined;
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
    ...(report.machine === undefined ? [] : ['', renderBanner(report.machine, colors)]),
    '',
    `${colors.bold('Saccade')} ${report.version} on node ${report.node}, cluster ${report.cluster}`,
    '',
    ...indent(
      label('watches'),
      continued,
      report.parts.flatMap((part) => renderPart(part, report, colors)),
    ),
    ...indent(label('rules'), continued, renderRules(report)),
    `${label('pages')}${renderReceivers(report, colors)}`,
    `${label('console')}${report.consoleUrl ?? 'switched off (console.enabled)'}`,
    `${label('data')}${report.dataDirectory}`,
    `${label('metrics')}${report.statusUrl}/metrics`,
    `${label('config')}${report.configPath ?? 'built-in defaults'}`,
    '',
    colors.dim('Alerts appear below. Ctrl-C stops; the next start goes on where this one ended.'),
    '',
  ];
  return lines.join('\n');
}

/** Above everything else: what is amiss is one thing, and so is what to do, however many parts miss it. */
function renderBanner({ reason, remedy }: MachineProblem, colors: Colors): string {
  const lines = [
    'Saccade cannot use eBPF here and sees little of this machine',
    `why   ${reason}`,
    ...(remedy === '' ? [] : [`to do ${remedy}`]),
  ];
  const width = Math.max(...lines.map((line) => line.length)) + 2;
  const edge = '─'.repeat(width);
  return [
    colors.yellow(`┌${edge}┐`),
    ...lines.map((line) => `${colors.yellow('│')} ${line.padEnd(width - 1)}${colors.yellow('│')}`),
    colors.yellow(`└${edge}┘`),
  ].join('\n');
}

function renderPart(part: PartReport, { parts, machine }: StartReport, colors: Colors): string[] {
  const width = Math.max(...parts.map(({ name }) => name.length));
  const head = `${mark(part.state, colors)} ${part.name.padEnd(width)} `;
  if (machine !== undefined && part.reason.includes(machine.reason))
    return [`${head}${part.state === 'less' ? part.detail : 'needs eBPF, see above'}`];
  const first = `${head}${describePart(part)}`;
  return part.remedy === ''
    ? [first]
    : [first, `${' '.repeat(width + 3)}${colors.yellow(`→ ${part.remedy}`)}`];
}

function mark(state: PartState, colors: Colors): string {
  switch (state) {
    case 'on':
      return colors.green('✓');
    case 'less':
      return colors.yellow('~');
    case 'missing':
      return colors.red('✗');
    case 'off':
      return colors.dim('–');
    default:
      return state satisfies never;
  }
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
