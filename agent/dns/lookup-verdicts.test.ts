import { describe, expect, it } from 'vitest';
import type { LookupResult } from './lookup.ts';
import { LookupVerdicts } from './lookup-verdicts.ts';
import { isSpecialName } from './special-names.ts';
import { DnsScript, found, nxdomain, resolverA, resolverB, servfail, stub } from './testing/dns-script.ts';

/** Verdicts in the order in which lookups ended, as `resolver: verdict`. */
function judge(
  play: (script: DnsScript) => void,
  /** Address of a resolver → clients that may be itself. */
  here: Readonly<Record<string, readonly bigint[]>> = { [stub.ip]: [7n, 8n] },
): readonly string[] {
  const said: string[] = [];
  const script: DnsScript = new DnsScript({}, (result: LookupResult) => {
    const { relayed, neverResolved } = verdicts.judge(result);
    said.push(
      `${result.resolver.ip}: ${result.outcome}${relayed ? ' relayed' : ''}${neverResolved ? ' never' : ''}`,
    );
  });
  const verdicts = new LookupVerdicts({
    runsAt: (asker, _client, { ip }) => here[ip]?.includes(asker.owner.netnsCookie) ?? false,
    openWith: (name) => script.table.open.withName(name),
  });
  play(script);
  script.outcomes();
  return said.toSorted();
}

const toStub = { name: 'a.example', resolver: stub, client: 7n, socket: 1n, id: 1 };
const upstream = { name: 'a.example', resolver: resolverA, client: 8n, socket: 2n, id: 2 };

describe('LookupVerdicts', () => {
  it('tells a failure where it is, not at the stub that passes it on', () => {
    const said = judge((script) => {
      script.ask(toStub).at(2).exchange(upstream, servfail).answer(toStub, servfail);
    });
    expect(said).toEqual([`${stub.ip}: servfail relayed`, `${resolverA.ip}: servfail`]);
  });

  it('also when the client gives up first', () => {
    const said = judge((script) => {
      script.ask(toStub).at(2).ask(upstream).at(1_000).close(1n);
    });
    expect(said).toEqual([`${stub.ip}: unanswered relayed`, `${resolverA.ip}: unanswered`]);
  });

  it('also when the stub remembers a failure of a moment ago', () => {
    const said = judge((script) => {
      script.exchange({ ...upstream, client: 7n, name: 'b.example' }, servfail).at(2_000);
      script.exchange(toStub, servfail);
    });
    expect(said).toContain(`${stub.ip}: servfail relayed`);
  });

  it('does not excuse a stub that fails by itself, or that is not there', () => {
    expect(judge((script) => script.exchange(toStub, servfail))).toEqual([`${stub.ip}: servfail`]);
    const gone = judge((script) => script.ask(upstream).ask(toStub).at(3).fail(1n));
    expect(gone).toContain(`${stub.ip}: unreachable`);
  });

  it('does not take two resolvers elsewhere for one behind the other', () => {
    const said = judge((script) => {
      script
        .ask({ ...toStub, resolver: resolverB })
        .at(2)
        .exchange(upstream, servfail);
      script.answer({ ...toStub, resolver: resolverB }, servfail);
    });
    expect(said).toEqual([`${resolverA.ip}: servfail`, `${resolverB.ip}: servfail`].toSorted());
  });

  it('does not excuse one resolver on this machine by another that fails at the same time', () => {
    const said = judge(
      (script) => {
        script
          .ask({ ...toStub, resolver: resolverB })
          .ask(upstream)
          .at(2);
        script.answer({ ...toStub, resolver: resolverB }, servfail).answer(upstream, servfail);
      },
      { [resolverA.ip]: [1n], [resolverB.ip]: [2n] },
    );
    expect(said).toEqual([`${resolverA.ip}: servfail`, `${resolverB.ip}: servfail`].toSorted());
  });

  it('finds the resolver among many who ask for the same', () => {
    const said = judge((script) => {
      script.ask(toStub).at(2);
      for (const client of [8n, 21n, 22n, 23n])
        script.exchange({ ...upstream, client, socket: client, id: Number(client) }, servfail);
      script.answer(toStub, servfail);
    });
    expect(said).toContain(`${stub.ip}: servfail relayed`);
  });

  it('tells who waits because the resolver waits itself', () => {
    const script = new DnsScript();
    const verdicts = new LookupVerdicts({
      runsAt: (asker, _client, { ip }) => ip === stub.ip && asker.owner.netnsCookie === 8n,
      openWith: (name) => script.table.open.withName(name),
    });
    script.ask(toStub).at(2).ask(upstream).at(1_500);
    const waiting = [...script.table.open].map(
      (lookup) => `${lookup.resolver.ip} ${verdicts.waitsForOthers(lookup, 1_500_000)}`,
    );
    expect(waiting.toSorted()).toEqual([`${stub.ip} true`, `${resolverA.ip} false`]);
  });

  it('knows names that a client resolved before', () => {
    const ask = { name: 'a.example' };
    const said = judge((script) => {
      script.exchange(ask, nxdomain).at(1_000).exchange(ask, found).at(2_000).exchange(ask, nxdomain);
      script.at(3_000).exchange({ ...ask, client: 9n }, nxdomain);
    });
    const never = `${resolverA.ip}: nxdomain never`;
    expect(said).toEqual([`${resolverA.ip}: noerror`, `${resolverA.ip}: nxdomain`, never, never]);
  });

  it.each(['wpad', 'wpad.corp.example', 'printer.local', '1.2.0.192.in-addr.arpa', '_dmarc.example.com'])(
    'takes %s for no typing error',
    (name) => expect(isSpecialName(name)).toBe(true),
  );
});
