import { describe, expect, it } from 'vitest';
import { everything } from '../../access/access.ts';
import type { ClusterAction, ClusterUser } from './cluster-reviews.ts';
import { believedMs, createKubernetesSignIn } from './kubernetes-sign-in.ts';

const ada: ClusterUser = { username: 'ada', groups: ['dev'], extra: { scopes: ['a'] } };
const known = ['shop', 'billing', 'user.slice', ''];

function signIn(allows: (action: ClusterAction) => boolean) {
  const asked: string[] = [];
  const clock = { ms: 1_000_000 };
  const troubles: Error[] = [];
  const answer = { isDown: false };
  const people = createKubernetesSignIn({
    reviews: {
      async userOf(token) {
        asked.push(`who is ${token}`);
        if (answer.isDown) throw new Error('no API server');
        return token === 'ada' ? ada : undefined;
      },
      async mayDo(user, action) {
        asked.push(`${action.verb} ${action.resource} ${action.namespace ?? '*'}`);
        expect(user).toEqual(ada);
        return allows(action);
      },
    },
    namespaces: async () => [...known],
    nowMs: () => clock.ms,
    onTrouble: (error) => troubles.push(error),
  });
  return { people, asked, clock, troubles, answer };
}
const inShop = ({ verb, namespace }: ClusterAction): boolean => verb === 'get' && namespace === 'shop';

describe('people of a cluster', () => {
  it('see the namespaces whose packets they may get, and act where they may create', async () => {
    const { people } = signIn(
      ({ verb, resource, namespace }) =>
        namespace === 'shop' && (verb === 'get' || resource === 'packetcaptures'),
    );
    const caller = await people.callerOf('ada');
    expect(caller).toMatchObject({ name: 'ada', role: 'responder' });
    expect(caller?.access.namespaces).toEqual(new Set(['shop']));
    expect(await caller?.access.may('capture', 'shop')).toBe(true);
    expect(await caller?.access.may('silence', 'shop')).toBe(false);
    expect(await caller?.access.may('capture', undefined)).toBe(false);
  });

  it('see everything with the right in all namespaces, and are admin with all rights', async () => {
    const reader = await signIn(({ verb }) => verb === 'get').people.callerOf('ada');
    expect(reader).toMatchObject({ role: 'responder', access: { namespaces: 'all' } });
    expect(await signIn(() => true).people.callerOf('ada')).toEqual({
      name: 'ada',
      role: 'admin',
      access: everything,
    });
  });

  it('are asked about by names that a namespace can have only', async () => {
    const { people, asked } = signIn(inShop);
    await people.callerOf('ada');
    expect(asked).toEqual([
      'who is ada',
      '* * *',
      'get packetcaptures *',
      'get packetcaptures billing',
      'get packetcaptures shop',
    ]);
  });

  it('are unknown without a token of the cluster', async () => {
    const { people, asked } = signIn(inShop);
    expect(await people.callerOf('eve')).toBeUndefined();
    expect(await people.callerOf('eve')).toBeUndefined();
    expect(asked).toEqual(['who is eve']);
  });

  it('are believed for a short time only', async () => {
    let allowed = true;
    const { people, clock } = signIn((action) => allowed && inShop(action));
    expect((await people.callerOf('ada'))?.access.namespaces).toEqual(new Set(['shop']));
    allowed = false;
    clock.ms += believedMs - 1;
    expect((await people.callerOf('ada'))?.access.namespaces).toEqual(new Set(['shop']));
    clock.ms += 2;
    expect((await people.callerOf('ada'))?.access.namespaces).toEqual(new Set());
  });

  it('wait for an API server that does not answer, and are asked about again', async () => {
    const { people, answer, troubles } = signIn(inShop);
    answer.isDown = true;
    await expect(people.callerOf('ada')).rejects.toMatchObject({ status: 503 });
    expect(troubles).toMatchObject([{ message: 'no API server' }]);
    answer.isDown = false;
    expect(await people.callerOf('ada')).toMatchObject({ name: 'ada' });
  });

  it('are looked up a few at once', async () => {
    const { people } = signIn(inShop);
    const all = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => people.callerOf(`guess${index}`)),
    );
    expect(all.filter(({ status }) => status === 'rejected').length).toBe(24);
  });
});
