import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderMessage, type SlackMessage } from './render-message.ts';

const render = (message: SlackMessage, width = 80) =>
  renderMessage(message, { colors: createColors(false), width });

describe('renderMessage', () => {
  it('shows blocks as their reader sees them', () => {
    const lines = render({
      text: 'not shown',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: ':rotating_light: checkout → payments' } },
        { type: 'section', text: { type: 'mrkdwn', text: '*9 %* resent, `port 8080` &lt;b&gt;' } },
        { type: 'section', fields: [{ type: 'mrkdwn', text: '*Since*\n3 s' }] },
        { type: 'divider' },
        { type: 'context', elements: [{ type: 'mrkdwn', text: '<https://example.com/a|runbook>' }] },
        {
          type: 'actions',
          elements: [{ type: 'button', text: { type: 'plain_text', text: 'Silence' } }],
        },
      ],
    });
    expect(lines).toEqual([
      '🚨 checkout → payments',
      '9 % resent, port 8080 <b>',
      '  Since  3 s',
      '────────────────────',
      'runbook (https://example.com/a)',
      ' Silence',
    ]);
  });

  it('falls back to the text, wraps it, and keeps code blocks', () => {
    expect(render({ text: 'one two three' }, 8)).toEqual(['one two', 'three']);
    expect(render({ text: 'see ```a\n  b```' })).toEqual(['see', '  a', '    b']);
  });

  it('drops what would steer the terminal', () => {
    expect(render({ text: '\u001b[2Jboo\u0007 \u009b31m' })).toEqual(['boo']);
  });

  it('leaves names with underscores and stars alone', () => {
    expect(render({ text: 'a_b_c 2*3*4 snake_case_name' })).toEqual(['a_b_c 2*3*4 snake_case_name']);
  });
});
