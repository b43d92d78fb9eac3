import { describe, expect, it } from 'vitest';
import {
  DnsScript,
  empty,
  found,
  nxdomain,
  resolverA,
  resolverB,
  servfail,
  stub,
  typeA,
  typeAaaa,
  typePtr,
} from './testing/dns-script.ts';

const suffixes = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.net'];

/** A and AAAA of one name on one socket, as glibc asks. */
function pair(script: DnsScript, name: string, socket: bigint, answers: readonly [object, object]): void {
  const [a, aaaa] = [
    { name, socket, id: 1 },
    { name, socket, id: 2, type: typeAaaa },
  ];
  script.ask(a).ask(aaaa).answer(a, answers[0]).answer(aaaa, answers[1]);
}

describe('LookupTable', () => {
  it('takes A and an empty AAAA for one lookup without an error', () => {
    const script = new DnsScript();
    pair(script, 'api.example.com', 1n, [found, empty]);
    expect(script.outcomes()).toEqual(['api.example.com noerror']);
    expect(script.queries).toBe(2);
  });

  it('takes A and AAAA from two sockets for one lookup', () => {
    const script = new DnsScript();
    const a = { name: 'api.example.com', socket: 1n };
    const aaaa = { name: 'api.example.com', socket: 2n, type: typeAaaa };
    script.ask(a).ask(aaaa).at(5).answer(aaaa, empty).at(20).answer(a, found);
    expect(script.outcomes()).toEqual(['api.example.com noerror']);
    expect(script.results[0]?.latencyUs).toBe(20_000);
  });

  it('folds a search path that ends in success', () => {
    const script = new DnsScript();
    for (const [index, suffix] of suffixes.entries())
      pair(script, `api.example.com.${suffix}`, BigInt(index), [nxdomain, nxdomain]);
    pair(script, 'api.example.com', 9n, [found, empty]);
    expect(script.outcomes()).toEqual(['api.example.com noerror']);
    expect(script.results[0]).toMatchObject({ retried: false, names: { length: 5 } });
  });

  it('folds a search path that succeeds before its end', () => {
    const script = new DnsScript();
    script
      .exchange({ name: 'redis.other.shop.svc.cluster.local' }, nxdomain)
      .exchange({ name: 'redis.other.svc.cluster.local', socket: 2n }, found);
    expect(script.outcomes()).toEqual(['redis.other noerror']);
  });

  it('folds the search path after the name itself did not exist', () => {
    const script = new DnsScript();
    for (const name of ['api.exmaple.com', 'api.exmaple.com.corp.example', 'api.exmaple.com.example.net'])
      script.exchange({ name, socket: BigInt(name.length) }, nxdomain);
    expect(script.outcomes()).toEqual(['api.exmaple.com nxdomain']);
  });

  it('finds suffixes that have nothing in common when the name itself is asked for', () => {
    const script = new DnsScript();
    for (const name of ['db.corp.example', 'db.example.net', 'db'])
      script.exchange({ name, socket: BigInt(name.length) }, nxdomain);
    expect(script.outcomes()).toEqual(['db nxdomain']);
    // From then on they are known.
    script
      .exchange({ name: 'cache.corp.example' }, nxdomain)
      .exchange({ name: 'cache.example.net', socket: 2n }, found);
    expect(script.outcomes().slice(1)).toEqual(['cache noerror']);
  });

  it('keeps search paths of fifty lookups a second apart', () => {
    const script = new DnsScript();
    for (let lookup = 0; lookup < 100; lookup++) {
      script.at(lookup * 20);
      for (const suffix of suffixes)
        script.exchange({ name: `host-${lookup}.example.com.${suffix}`, socket: BigInt(lookup) }, nxdomain);
      script.exchange({ name: `host-${lookup}.example.com`, socket: BigInt(lookup) }, found);
    }
    expect(new Set(script.outcomes().map((outcome) => outcome.split(' ')[1]))).toEqual(new Set(['noerror']));
    expect(script.results).toHaveLength(100);
  });

  it('keeps lookups of the same name by several threads apart', () => {
    const script = new DnsScript();
    const asks = [1n, 2n, 3n].map((socket) => ({ name: 'a.example', socket, id: Number(socket) }));
    for (const ask of asks) script.ask(ask);
    for (const ask of asks) script.answer(ask, found);
    expect(script.outcomes()).toHaveLength(3);
    expect(script.results.some(({ retried }) => retried)).toBe(false);
  });

  it('keeps search paths of threads that look up the same name apart', () => {
    const script = new DnsScript();
    const names = [...suffixes.map((suffix) => `api.example.com.${suffix}`), 'api.example.com'];
    const both = (name: string, thread: number) =>
      [typeA, typeAaaa].map((type) => ({ name, type, id: 10 * type + thread, socket: BigInt(thread) }));
    for (const name of names) {
      const [first = [], second = []] = [both(name, 1), both(name, 2)];
      const answer = name === names.at(-1) ? found : nxdomain;
      // The second thread asks in between and is answered later.
      for (const ask of [first[0], second[0], second[1], first[1]]) if (ask) script.ask(ask);
      for (const ask of [...first, ...second]) script.answer(ask, answer);
    }
    expect(script.outcomes()).toEqual(Array(2).fill('api.example.com noerror'));
  });

  it('keeps clients apart', () => {
    const script = new DnsScript();
    script.exchange({ name: 'db.corp.example', client: 1n }, nxdomain);
    script.exchange({ name: 'db', client: 2n, socket: 2n }, found);
    expect(script.outcomes()).toEqual(['db noerror', 'db.corp.example nxdomain']);
  });

  it('takes a query that is sent again for the same lookup, and its time from the first', () => {
    const script = new DnsScript();
    const first = { name: 'a.example' };
    script.ask(first).at(1_000).ask(first).at(1_010).answer(first, found);
    expect(script.outcomes()).toEqual(['a.example noerror']);
    expect(script.results[0]).toMatchObject({ retried: true, latencyUs: 1_010_000 });
    expect(script.failedQueries).toEqual([resolverA.ip]);
  });

  it('tells a lookup at the resolver that answered after another was silent', () => {
    const script = new DnsScript();
    const second = { name: 'a.example', socket: 2n, resolver: resolverB };
    script.ask({ name: 'a.example' }).at(5_000).ask(second).at(5_010).answer(second, found);
    expect(script.outcomes()).toEqual(['a.example noerror']);
    expect(script.results[0]).toMatchObject({ resolver: resolverB, retried: true });
    expect(script.failedQueries).toEqual([resolverA.ip]);
  });

  it('takes SERVFAIL of all attempts for one failure', () => {
    const script = new DnsScript();
    for (const resolver of [resolverA, resolverB, resolverA, resolverB])
      script.exchange({ name: 'a.example', socket: BigInt(script.queries), resolver }, servfail);
    expect(script.outcomes()).toEqual(['a.example servfail']);
    expect(script.failedQueries).toHaveLength(4);
  });

  it('takes lookups that a program repeats for lookups of their own', () => {
    const script = new DnsScript();
    for (let lookup = 0; lookup < 3; lookup++) {
      const socket = BigInt(10 * lookup);
      script.exchange({ name: 'a.example', socket, id: lookup }, servfail);
      script.exchange({ name: 'a.example', socket: socket + 1n, id: lookup, resolver: resolverB }, servfail);
    }
    expect(script.outcomes()).toEqual(Array(3).fill('a.example servfail'));
  });

  it('is not over when the socket of an earlier attempt is closed', () => {
    const script = new DnsScript();
    script.ask({ name: 'a.example', socket: 1n }).at(2_000).ask({ name: 'a.example', socket: 2n }).close(1n);
    script.at(2_010).answer({ name: 'a.example', socket: 2n }, found);
    expect(script.outcomes()).toEqual(['a.example noerror']);
  });

  it('forgives a SERVFAIL that another resolver makes good', () => {
    const script = new DnsScript();
    script
      .exchange({ name: 'a.example' }, servfail)
      .exchange({ name: 'a.example', socket: 2n, resolver: resolverB }, found);
    expect(script.outcomes()).toEqual(['a.example noerror']);
  });

  it('outweighs that a name does not exist by a failure on the way', () => {
    const script = new DnsScript();
    script.exchange({ name: 'db.corp.example' }, servfail).exchange({ name: 'db', socket: 2n }, nxdomain);
    expect(script.outcomes()).toEqual(['db servfail']);
  });

  it.each([
    ['REFUSED', { rcode: 5 }, 'refused'],
    ['NOTIMP', { rcode: 4 }, 'other_errors'],
    ['FORMERR without its question', { rcode: 1, name: undefined }, 'other_errors'],
  ])('knows %s', (_what, answer, outcome) => {
    const script = new DnsScript();
    script.exchange({ name: 'a.example' }, answer);
    expect(script.outcomes()).toEqual([`a.example ${outcome}`]);
  });

  it('is overdue after a second and unanswered after five', () => {
    const script = new DnsScript();
    script.ask({ name: 'a.example' }).at(990);
    expect(script.overdue).toBe(0);
    script.at(5_000);
    expect([script.overdue, script.results.length]).toEqual([1, 0]);
    expect(script.outcomes()).toEqual(['a.example unanswered']);
    expect(script.results[0]?.latencyUs).toBeUndefined();
  });

  it('is unanswered when its client closes the socket after some time, cancelled before', () => {
    const script = new DnsScript();
    script.ask({ name: 'slow.example', socket: 1n }).at(1_000).close(1n);
    script.ask({ name: 'unwanted.example', socket: 2n }).at(1_100).close(2n);
    expect(script.outcomes()).toEqual(['slow.example unanswered', 'unwanted.example cancelled']);
  });

  it('does not hold the other resolvers’ silence against a client that asks all at once', () => {
    const script = new DnsScript();
    const asks = [resolverA, resolverB].map((resolver) => ({ name: 'a.example', resolver }));
    for (const ask of asks) script.ask(ask);
    script.at(10).answer({ name: 'a.example' }, found, resolverB).close(1n);
    expect(script.outcomes()).toEqual(['a.example noerror']);
    expect(script.results[0]).toMatchObject({ resolver: resolverB, retried: false });
    expect(script.failedQueries).toEqual([]);
  });

  it('is unreachable when the network says so', () => {
    const script = new DnsScript();
    script.ask({ name: 'a.example' }).at(3).fail(1n);
    expect(script.outcomes()).toEqual(['a.example unreachable']);
  });

  it('follows a cut answer to TCP', () => {
    const script = new DnsScript();
    const overTcp = { name: 'a.example', socket: 2n, tcp: true };
    script.exchange({ name: 'a.example' }, { isTruncated: true }).at(40).exchange(overTcp, found);
    expect(script.outcomes()).toEqual(['a.example noerror']);
    expect(script.results[0]).toMatchObject({ truncated: true, tcpFallback: true, retried: false });
  });

  it('fails when TCP is refused after a cut answer', () => {
    const script = new DnsScript();
    script.exchange({ name: 'a.example' }, { isTruncated: true }).refuseTcp({ name: 'a.example' });
    expect(script.outcomes()).toEqual(['a.example unreachable']);
  });

  it('takes a cut answer that nobody follows up for an answer', () => {
    const script = new DnsScript();
    script.exchange({ name: 'a.example' }, { isTruncated: true });
    expect(script.outcomes()).toEqual(['a.example noerror']);
    expect(script.results[0]).toMatchObject({ truncated: true, tcpFallback: false });
  });

  it('does not mix a forwarder’s own lookups with those of a client in its namespace', () => {
    const script = new DnsScript();
    const [toStub, upstream] = [
      { name: 'a.example', resolver: stub, id: 5 },
      { name: 'a.example', resolver: resolverA, socket: 2n, id: 5 },
    ];
    script.ask(toStub).ask(upstream).at(4).answer(upstream, found).at(5).answer(toStub, found);
    expect(script.outcomes()).toHaveLength(2);
    expect(new Set(script.results.map(({ resolver }) => resolver))).toEqual(new Set([stub, resolverA]));
  });

  it('ignores responses that nobody asked for, or to another question', () => {
    const script = new DnsScript();
    script.answer({ name: 'a.example' }, found);
    script.ask({ name: 'a.example' }).answer({ name: 'evil.example' }, found);
    script.answer({ name: 'a.example', type: typePtr }, found).answer({ name: 'a.example' }, found);
    expect(script.outcomes()).toEqual(['a.example noerror']);
    expect(script.table.counters()).toMatchObject({ responses_unmatched: 1, responses_mismatched: 2 });
  });

  it('does not call a lookup unanswered whose answer the kernel may have lost', () => {
    const script = new DnsScript();
    script.ask({ name: 'a.example' });
    script.losses = 1;
    expect(script.outcomes()).toEqual([]);
    expect(script.table.counters()).toMatchObject({ lookups_unseen: 1 });
  });

  it('keeps to its limits', () => {
    const script = new DnsScript({ maxLookups: 10, maxSockets: 5 });
    for (let index = 0; index < 30; index++)
      script.ask({ name: `${index}.example`, socket: BigInt(index), type: typeA });
    expect(script.table.open.size).toBe(10);
    expect(script.table.counters()).toMatchObject({ lookups_refused: 20, sockets_evicted: 5 });
    expect(script.outcomes()).toHaveLength(10);
    expect(script.table.open.size).toBe(0);
  });
});
