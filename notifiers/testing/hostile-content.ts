import type { MessageContent } from '../content/message-content.ts';

/** What a workload or a peer may be called by somebody who means harm. */
export const hostileName =
  '<!channel> <@U1|x> *b* `c` & \u001b[2J\u0007\u202e\u2028 <https://evil.example|ok>';

/** More and longer than any receiver takes. */
export function createHugeContent(): MessageContent {
  const long = '&<>'.repeat(9_000);
  return {
    tone: 'page',
    title: long,
    summary: long,
    facts: Array.from({ length: 60 }, (_, index) => ({ name: `fact ${index}`, value: long.slice(index) })),
    sections: Array.from({ length: 60 }, () => ({ title: long, text: long, code: true })),
    actions: Array.from({ length: 60 }, () => ({ label: long, command: long, url: null })),
    footer: Array.from({ length: 60 }, () => long),
    file: null,
  };
}

export const createHostileContent = (): MessageContent => ({
  tone: 'page',
  title: `${hostileName} → payments`,
  summary: hostileName,
  facts: [{ name: 'From', value: hostileName }],
  sections: [
    { title: hostileName, text: hostileName, code: false },
    { title: hostileName, text: '``` <!here>', code: true },
  ],
  actions: [
    { label: hostileName, command: `saccade explain \`${hostileName}\``, url: null },
    { label: 'Runbook', command: null, url: 'javascript:alert(1)' },
    { label: 'Runbook', command: null, url: 'https://example.com/a|<!channel>' },
  ],
  footer: [hostileName],
  file: null,
});
