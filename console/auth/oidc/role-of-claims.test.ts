import { describe, expect, it } from 'vitest';
import { callerOfClaims, claimAt } from './role-of-claims.ts';
import { createSeal } from './sealed-value.ts';

const config = {
  name_claim: 'preferred_username',
  role_claim: 'groups',
  roles: { viewer: ['everybody'], responder: ['sre'], admin: ['root'] },
  default_role: 'none' as const,
};

describe('the role of a person', () => {
  it.each([
    [
      { sub: 's', preferred_username: 'ada', groups: ['everybody', 'sre'] },
      { name: 'ada', role: 'responder' },
    ],
    [
      { sub: 's', email: 'ada@example.com', groups: 'root' },
      { name: 'ada@example.com', role: 'admin' },
    ],
    [
      { sub: 's', groups: ['everybody'] },
      { name: 's', role: 'viewer' },
    ],
    [{ sub: 's', groups: ['EVERYBODY'] }, undefined],
    [{ sub: 's', groups: [{ name: 'root' }, 7, null] }, undefined],
    [{ sub: 's' }, undefined],
    [{ groups: ['root'] }, undefined],
  ])('of %j', (claims, caller) => {
    expect(callerOfClaims(claims, config)).toEqual(caller);
  });

  it('is the default where the claim gives none, and only then', () => {
    const lenient = { ...config, default_role: 'viewer' as const };
    expect(callerOfClaims({ sub: 's' }, lenient)?.role).toBe('viewer');
    expect(callerOfClaims({ sub: 's', groups: ['root'] }, lenient)?.role).toBe('admin');
  });

  it.each([
    [{ 'https://example.com/roles': ['a'] }, 'https://example.com/roles', ['a']],
    [{ realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
    [{ realm_access: null }, 'realm_access.roles', undefined],
    [{}, 'constructor.name', undefined],
  ])('is found in %j at %s', (claims, name, value) => {
    expect(claimAt(claims, name)).toEqual(value);
  });
});

describe('a sealed value', () => {
  const key = Buffer.from('a key');
  const seal = createSeal<{ a: number }>(
    'test',
    () => key,
    () => 1000,
  );

  it('comes back until its end, unchanged or not at all', () => {
    const text = seal.seal({ a: 1 }, 1001);
    expect(seal.open(text)).toEqual({ a: 1 });
    expect(seal.open(seal.seal({ a: 1 }, 1000))).toBeUndefined();
    for (const wrong of ['', '.', 'a.b', `${text}x`, `x${text}`, text.slice(0, -1), `${text}.more`.slice(1)])
      expect(seal.open(wrong)).toBeUndefined();
  });

  it('is of one purpose and one key', () => {
    const text = seal.seal({ a: 1 }, 2000);
    expect(
      createSeal(
        'other',
        () => key,
        () => 1000,
      ).open(text),
    ).toBeUndefined();
    expect(
      createSeal(
        'test',
        () => Buffer.from('another'),
        () => 1000,
      ).open(text),
    ).toBeUndefined();
  });
});
