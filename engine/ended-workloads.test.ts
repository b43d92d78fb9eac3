import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { createJudgeStage } from './judge.ts';
import { feed, retransmitRow, SignalScript, startMs, transitionsIn } from './testing/signal-script.ts';

const path = 'rules/catalog/tcp-retransmit-spike/rule.yaml';
const files = [{ path, text: readFileSync(path, 'utf8') }];
const checkout = { node: 'n1', workload: 'netns/checkout' };

/** Two workloads that learn for a minute and then lose everything for a second. */
function troubled(): SignalScript {
  const script = new SignalScript();
  script.rules(files, startMs, 20_000);
  for (let s = 1; s <= 61; s++)
    for (const workload of ['netns/checkout', 'netns/search'])
      traffic(script, { ...checkout, workload }, s, s > 60 ? 20 : 0);
  return script;
}

function traffic(script: SignalScript, source: typeof checkout, atS: number, retransmits: number): void {
  const fields = { data_segments: 200, retransmits, stalled_sockets: 0, syn_retransmits: 0 };
  script.flush(source, [retransmitRow(fields)], startMs + atS * 1_000);
}

function tick(script: SignalScript, fromS: number, toS: number): void {
  for (let s = fromS; s <= toS; s++) script.tick(startMs + s * 1_000);
}

const endsIn = (script: SignalScript) =>
  transitionsIn(feed(createJudgeStage({ compile: compileRules }), script.records))
    .filter(({ state }) => state === 'expired')
    .map(({ at_ms, key, reason }) => [(at_ms - startMs) / 1_000, key['workload'], reason]);

describe('the alerts of a workload that ended', () => {
  it('end within a minute, those of others do not', () => {
    const script = troubled();
    tick(script, 62, 64);
    script.end(checkout, startMs + 65_000);
    tick(script, 65, 200);
    expect(endsIn(script)).toEqual([[95, 'netns/checkout', 'the workload ended']]);
  });

  it('go on when its owner starts it again, wherever', () => {
    const script = troubled();
    script.end(checkout, startMs + 65_000);
    tick(script, 65, 80);
    traffic(script, { ...checkout, node: 'n2' }, 81, 20);
    tick(script, 82, 200);
    expect(endsIn(script)).toEqual([]);
  });

  it('end, however short the alert was known when the workload ended', () => {
    const script = troubled();
    script.end(checkout, startMs + 61_000);
    script.end(checkout, startMs + 62_000);
    tick(script, 61, 120);
    expect(endsIn(script)).toEqual([[92, 'netns/checkout', 'the workload ended']]);
  });

  it('are not waited for where there are none: nothing is kept of workloads in order', () => {
    const script = new SignalScript();
    script.rules(files, startMs, 20_000);
    traffic(script, checkout, 1, 0);
    script.end(checkout, startMs + 2_000);
    const store = new Map<string, Uint8Array>();
    feed(createJudgeStage({ compile: compileRules }), script.records, store);
    expect([...store.keys()].filter((key) => key.startsWith('ended/'))).toEqual([]);
  });
});
