import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { expect, it } from 'vitest';
import { parseNotifySection } from '../notifiers/config/notify-config.ts';
import { notifierKinds } from '../notifiers/registry.ts';
import { signatureOf } from '../notifiers/webhook/signature.ts';

const page = readFileSync(join(import.meta.dirname, 'notifications.md'), 'utf8');

function blockOf(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'u').exec(page) ?? [];
  if (text === undefined) throw new Error(`the page has no ${language}`);
  return text;
}

it('shows a configuration that is taken', () => {
  const lineCounter = new LineCounter();
  const parsed = parseNotifySection(parseDocument(blockOf('yaml'), { lineCounter }), lineCounter, 'page');
  expect(parsed.ok ? [] : parsed.faults).toEqual([]);
});

it('names every kind of receiver', () => {
  for (const { kind } of notifierKinds) expect(page).toContain(`| \`${kind}\``);
});

it('verifies what Saccade signs', async () => {
  const source = `data:text/javascript,${encodeURIComponent(blockOf('js'))}`;
  const { isGenuine } = (await import(source)) as {
    isGenuine: (secret: string, headers: Record<string, string>, body: string) => boolean;
  };
  const timestampS = Math.floor(Date.now() / 1_000);
  const headers = {
    'saccade-timestamp': String(timestampS),
    'saccade-signature': signatureOf('secret', timestampS, '{}'),
  };
  expect(isGenuine('secret', headers, '{}')).toBe(true);
  expect(isGenuine('secret', headers, '{ }')).toBe(false);
  expect(isGenuine('other', headers, '{}')).toBe(false);
  expect(isGenuine('secret', { ...headers, 'saccade-timestamp': '1' }, '{}')).toBe(false);
  expect(isGenuine('secret', {}, '{}')).toBe(false);
});
