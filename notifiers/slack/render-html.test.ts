import { expect, it } from 'vitest';
import { hostileName, createHostileContent } from '../testing/hostile-content.ts';
import { renderBlocks } from './blocks.ts';
import { renderHtml } from './render-html.ts';

it('draws a message with its thread, and lets no name become markup', () => {
  const message = renderBlocks(createHostileContent(), { inThread: false, possibleRepeat: false });
  const picture = { ...message, time: '3:00 AM' };
  const page = renderHtml('on-call', picture, [picture]);
  expect(hostileName).toContain('<!channel>');
  expect(page).toContain('🔴 &lt;!channel&gt;');
  expect(page).toContain('1 reply');
  expect(
    page.match(
      /<(?!\/?(?:html|meta|title|style|body|div|b|span|h3|p|br|code|pre|a href="https:)|!doctype)/gu,
    ),
  ).toBeNull();
});
