import { expect, it } from 'vitest';
import { alertId, parseAlertReference } from './alert-id.ts';

it('names an alert in short', () => {
  expect(alertId('3f9a1c02deadbeef', 4)).toBe('3f9a1c02-4');
});

it.each([
  ['3f9a1c02-4', { fingerprintPrefix: '3f9a1c02', episode: 4 }],
  [' 3f9a ', { fingerprintPrefix: '3f9a', episode: null }],
  ['3f9a-x', { fingerprintPrefix: '3f9a-x', episode: null }],
  ['-4', { fingerprintPrefix: '-4', episode: null }],
])('reads %j', (text, reference) => {
  expect(parseAlertReference(text)).toEqual(reference);
});
