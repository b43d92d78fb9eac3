import { describe, expect, it } from 'vitest';
import { sharedBase } from './search-path.ts';

const known = new Set(['corp.example', 'example.net']);

describe('sharedBase', () => {
  it.each([
    ['db.shop.example', 'db', 'db'],
    ['api.example.com', 'api.example.com.corp.example', 'api.example.com'],
    ['db.shop.svc.cluster.local', 'db.svc.cluster.local', 'db'],
    ['db.other.shop.svc.cluster.local', 'db.other.cluster.local', 'db.other'],
    ['db.corp.example', 'db.example.net', 'db'],
  ])('%s and %s are steps of %s', (a, b, base) => {
    expect(sharedBase(a, b, known)?.base).toBe(base);
    expect(sharedBase(b, a, known)?.base).toBe(base);
  });

  it.each([
    ['www.example.com', 'www.example.org'],
    ['www.example.com', 'mail.example.com'],
    ['a.example.com', 'aa.example.com'],
    ['db.corp.example', 'db.other.example'],
    ['a.com', 'b.com'],
  ])('%s and %s have nothing to do with each other', (a, b) => {
    expect(sharedBase(a, b, known)).toBeUndefined();
    expect(sharedBase(b, a, known)).toBeUndefined();
  });
});
