import type { DigestDue, RuleFigures } from '../../stream/events/digest.ts';
import { rulesToTune } from '../digest/rules-to-tune.ts';
import { formatDuration } from '../../source-text/figures.ts';
import { formatTime } from './format-time.ts';
import type { MessageContent } from './message-content.ts';
import { createContent } from './message-content.ts';

const listed = 15;

/** What fired, what was acted on, which rule to tune. */
export function describeDailyDigest(due: DigestDue): MessageContent {
  const { rules, since_ms: sinceMs, until_ms: untilMs } = due;
  const sum = (pick: (rule: RuleFigures) => number) => rules.reduce((total, rule) => total + pick(rule), 0);
  const [fired, pages] = [sum((rule) => rule.fired), sum((rule) => rule.pages)];
  const span = `${formatTime(sinceMs)} to ${formatTime(untilMs)}`;
  if (fired === 0)
    return createContent({ tone: 'info', title: 'Digest: nothing fired', summary: span }, { footer: [sign] });
  return createContent(
    {
      tone: 'info',
      title: `Digest: ${counted(fired, 'alert')}, ${counted(pages, 'page')}`,
      summary: `${span}\n${actedOn(rules)}`,
    },
    {
      sections: [
        { title: 'What fired', text: list(rules, firedLine), code: false },
        ...tuneSection(rulesToTune(rules)),
      ],
      actions: [{ label: 'All', command: 'saccade alerts list', url: null }],
      footer: [sign],
    },
  );
}

const sign = 'Sent by notifications.digest';
const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function list(rules: readonly RuleFigures[], line: (rule: RuleFigures) => string): string {
  const more = rules.length > listed ? [`… and ${rules.length - listed} more rules`] : [];
  return [...rules.slice(0, listed).map(line), ...more].join('\n');
}

function actedOn(rules: readonly RuleFigures[]): string {
  const sum = (pick: (rule: RuleFigures) => number) => rules.reduce((total, rule) => total + pick(rule), 0);
  const parts = [
    `${sum((rule) => rule.acknowledged)} acknowledged`,
    `${sum((rule) => rule.ended_alone)} ended by themselves`,
    `${sum((rule) => rule.still_firing)} still firing`,
    `${sum((rule) => rule.useful)} called useful, ${sum((rule) => rule.noise)} noise`,
  ];
  return parts.join('; ');
}

const firedLine = (rule: RuleFigures): string =>
  `${rule.alert}: ${rule.fired} (${counted(rule.pages, 'page')}), ${rule.acknowledged} acknowledged, most of ${rule.most.workload} (${rule.most.fired})`;

function tuneSection(rules: readonly RuleFigures[]): MessageContent['sections'] {
  if (rules.length === 0) return [];
  return [{ title: 'Rules to tune', text: list(rules, tuneLine), code: false }];
}

/** Why it is noisy, and the nearest remedy: one workload asks for an exception, many for another limit. */
function tuneLine(rule: RuleFigures): string {
  const lasted =
    rule.mean_duration_ms === null ? '' : ` after ${formatDuration(rule.mean_duration_ms)} on average`;
  const why =
    rule.noise * 2 > rule.fired
      ? `${rule.noise} of ${rule.fired} were called noise`
      : `all but ${rule.fired - rule.ended_alone} of ${rule.fired} ended by themselves${lasted}, nobody acknowledged any`;
  const remedy =
    rule.most.fired * 2 > rule.fired
      ? `most are of ${rule.most.workload}: an exception for it, or accept its values as normal`
      : 'raise its min_value, or let it page only after a longer time';
  return `${rule.rule_id}: ${why.replace('all but 0 of ', 'all ')}; ${remedy}`;
}
