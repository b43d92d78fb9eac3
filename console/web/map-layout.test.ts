import { expect, it } from 'vitest';
import type { EdgeView } from '../api/explore-routes.ts';
import { layOutMap } from './map-layout.ts';

const edge = (workload: string, peer: string, role = 'client'): EdgeView => ({
  namespace: 'shop',
  workload,
  peer,
  role,
  peer_kind: 'workload',
  service_ports: [80],
  measures: {},
});

it('puts callers to the left and what lies outside to the right', () => {
  const { nodes } = layOutMap([edge('web', 'cart'), edge('cart', 'redis'), edge('redis', 'web.example')]);
  const columns = Object.fromEntries(nodes.map(({ id, column }) => [id, column]));
  expect(columns).toEqual({ web: 0, cart: 1, redis: 2, 'web.example': 3 });
});

it('draws what both ends have seen once, from client to server', () => {
  const { lines } = layOutMap([edge('cart', 'web', 'server'), edge('web', 'cart')]);
  expect(lines.map(({ id, edge: { role } }) => [id, role])).toEqual([['web → cart', 'client']]);
});

it('ends for circles, and gives no two nodes one place', () => {
  const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
  const { nodes } = layOutMap(
    names.flatMap((name, index) =>
      [1, 7].map((step) => edge(name, names[(index + step) % names.length] ?? '')),
    ),
  );
  expect(new Set(nodes.map(({ column, row }) => `${column}/${row}`)).size).toBe(100);
});

it('does not depend on the order of its edges', () => {
  const edges = [edge('a', 'b'), edge('a', 'c'), edge('b', 'c'), edge('d', 'c')];
  expect(layOutMap(edges.toReversed()).nodes).toEqual(layOutMap(edges).nodes);
});

it('leads a line over several columns through gaps where no node stands', () => {
  const { nodes, lines } = layOutMap([
    edge('web', 'cart'),
    edge('cart', 'stock'),
    edge('stock', 'redis'),
    edge('web', 'redis'),
    edge('web', 'api.example'),
  ]);
  const long = lines.filter(({ via }) => via.length > 0);
  expect(long.map(({ id, via }) => [id, via.map(({ column }) => column)])).toEqual([
    ['web → redis', [1, 2]],
    ['web → api.example', [1, 2]],
  ]);
  const taken = [...nodes, ...long.flatMap(({ via }) => via)].map(({ column, row }) => `${column}/${row}`);
  expect(new Set(taken).size).toBe(taken.length);
});

const served = (workload: string, peer: string, port: number): EdgeView => ({
  ...edge(workload, peer, 'server'),
  service_ports: [port],
});
const called = (workload: string, peer: string, port: number): EdgeView => ({
  ...edge(workload, peer),
  service_ports: [port],
});

it('shows a workload and the name that its client knows it by as one', () => {
  const { nodes, lines } = layOutMap([
    called('checkout', 'payments.example', 443),
    called('checkout', 'crm.example', 8443),
    served('payments', 'checkout', 443),
  ]);
  expect(lines.map(({ id }) => id)).toEqual(['checkout → payments', 'checkout → crm.example']);
  expect(nodes.find(({ id }) => id === 'payments')).toMatchObject({
    kind: 'workload',
    also: ['payments.example'],
  });
});

it.each([
  [
    'two names fit',
    [
      called('checkout', 'a.example', 443),
      called('checkout', 'b.example', 443),
      served('payments', 'checkout', 443),
    ],
  ],
  [
    'two servers fit',
    [
      called('checkout', 'a.example', 443),
      served('payments', 'checkout', 443),
      served('crm', 'checkout', 443),
    ],
  ],
  [
    'the client knows the server by its own name, too',
    [
      called('checkout', 'a.example', 443),
      called('checkout', 'payments', 443),
      served('payments', 'checkout', 443),
    ],
  ],
])('keeps them apart where %s', (_name, edges) => {
  expect(layOutMap(edges).nodes.some(({ id }) => id === 'a.example')).toBe(true);
});
