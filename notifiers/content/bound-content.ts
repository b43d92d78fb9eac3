import type { MessageContent } from './message-content.ts';
import { plainLine, plainText } from './plain-line.ts';

const most = { facts: 30, sections: 12, actions: 10, footer: 10 } as const;
const missing = (all: readonly unknown[], limit: number, what: string): string[] =>
  all.length > limit ? [`… and ${all.length - limit} more ${what}`] : [];

/**
 * A content within a size that every program takes (about 120 kB), without control characters. What was left out is
 * counted in the footer, what was cut ends in an ellipsis.
 */
export function boundContent(content: MessageContent): MessageContent {
  const { facts, sections, actions, footer } = content;
  return {
    tone: content.tone,
    title: plainLine(content.title, 500),
    summary: plainText(content.summary, 8_000),
    facts: facts
      .slice(0, most.facts)
      .map(({ name, value }) => ({ name: plainLine(name, 100), value: plainLine(value, 1_000) })),
    sections: sections
      .slice(0, most.sections)
      .map(({ title, text, code }) => ({ title: plainLine(title), text: plainText(text, 6_000), code })),
    actions: actions.slice(0, most.actions).map(({ label, command, url }) => ({
      label: plainLine(label, 100),
      command: command === null ? null : plainLine(command, 500),
      url: url === null ? null : plainLine(url, 1_000),
    })),
    footer: [
      ...footer.slice(0, most.footer).map((line) => plainLine(line, 500)),
      ...missing(facts, most.facts, 'facts'),
      ...missing(sections, most.sections, 'sections'),
    ],
    file: content.file,
  };
}
