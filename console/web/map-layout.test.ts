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
