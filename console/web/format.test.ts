import { expect, it } from 'vitest';
import { shortName } from './format.ts';

it.each([
  ['deployment/checkout', 'checkout'],
  ['unit/nginx.service', 'nginx.service'],
  ['192.0.2.0/24', '192.0.2.0/24'],
  ['2001:db8::/48', '2001:db8::/48'],
  ['api.example.com', 'api.example.com'],
])('%s is %s in short', (name, short) => {
  expect(shortName(name)).toBe(short);
});
