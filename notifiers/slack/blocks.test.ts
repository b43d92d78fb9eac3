import { describe, expect, it } from 'vitest';
import { blocksFault } from '../../test/fakes/slack/validate-blocks.ts';
import { createContent } from '../content/message-content.ts';
import { createHugeContent } from '../testing/hostile-content.ts';
import { renderBlocks } from './blocks.ts';
import { cutEscaped, escapeLine, escapeMrkdwn } from './escape.ts';

const options = { inThread: false, possibleRepeat: false };

describe('Slack blocks', () => {
  it('stay within every limit and say what is missing', () => {
    for (const inThread of [false, true]) {
      const { blocks, text } = renderBlocks(createHugeContent(), { inThread, possibleRepeat: true });
      expect(blocksFault(JSON.stringify(blocks))).toBeNull();
      expect(text.length).toBeLessThanOrEqual(3_000);
      expect(JSON.stringify(blocks.at(-1))).toContain('did not fit');
    }
  });

  it('put short facts side by side and long ones below', () => {
    const facts = [
      { name: 'From', value: 'a' },
      { name: 'Cause', value: 'x'.repeat(200) },
    ];
    const { blocks } = renderBlocks(
      createContent({ tone: 'page', title: 't', summary: '' }, { facts }),
      options,
    );
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section']);
    expect(blocks[1]).toMatchObject({ fields: [{ type: 'mrkdwn', text: '*From*\na' }] });
  });

  it('link only what is a web address', () => {
    const action = (url: string) => ({ label: 'Runbook', command: null, url });
    const render = (url: string) =>
      JSON.stringify(
        renderBlocks(
          createContent({ tone: 'page', title: 't', summary: '' }, { actions: [action(url)] }),
          options,
        ),
      );
    expect(render('https://example.com/a?b=1')).toContain('<https://example.com/a?b=1|Runbook>');
    expect(render('javascript:alert(1)')).not.toContain('<');
    expect(render('https://example.com/|<!channel>')).not.toContain('<');
  });
});

describe('escaping', () => {
  it('keeps names as they are', () => {
    expect(escapeMrkdwn('<!channel> & snake_case')).toBe('&lt;!channel&gt; &amp; snake_case');
    expect(escapeMrkdwn('*bold* _x_ `c`').replaceAll('\u2060', '')).toBe('*bold* _x_ ˋcˋ');
    expect(escapeMrkdwn('*bold*')).not.toContain('*bold*');
    expect(escapeLine('a\nb', 10)).toBe('a\ufffdb');
  });

  it('never cuts an entity or a surrogate pair in half', () => {
    for (let limit = 1; limit < 20; limit += 1) {
      expect(cutEscaped('ab&amp;&lt;&gt;cd&amp;', limit)).toMatch(/^(?:[a-z]|&(?:amp|lt|gt);)*…?$/u);
      expect(cutEscaped('🔴'.repeat(20), limit)).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/u);
    }
  });
});
