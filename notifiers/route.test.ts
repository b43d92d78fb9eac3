import { expect, it } from 'vitest';
import { routeAlert } from './route.ts';
import { configOf } from './testing/scene.ts';

const { route } = configOf(`
route:
  receiver: default
  group_wait: 1s
  routes:
  - match: {team: shop}
    receiver: shop
    repeat_interval: 1h
    routes:
    - {match: [level = page], receiver: shop-page, continue: true}
    - {match: [namespace =~ "prod-.*"], receiver: prod}
  - {match: [level = page], receiver: page, continue: true}
  - {receiver: audit}
receivers: [${['default', 'shop', 'shop-page', 'prod', 'page', 'audit'].map((name) => `{name: ${name}, terminal: {}}`).join(', ')}]
`);
const receiversOf = (labels: Record<string, string>) =>
  routeAlert(route, new Map(Object.entries(labels))).map(({ receiver }) => receiver);

it.each([
  [{ team: 'shop' }, ['shop']],
  [{ team: 'shop', level: 'page' }, ['shop-page']],
  [{ team: 'shop', level: 'page', namespace: 'prod-eu' }, ['shop-page', 'prod']],
  [{ team: 'pay', level: 'page' }, ['page', 'audit']],
  [{ team: 'pay' }, ['audit']],
])('routes %o to %o', (labels, expected) => {
  expect(receiversOf(labels)).toEqual(expected);
});

it('hands timings down the tree', () => {
  const [found] = routeAlert(route, new Map([['team', 'shop']]));
  expect(found).toMatchObject({ groupWaitMs: 1_000, repeatIntervalMs: 3_600_000, groupBy: ['path'] });
});
