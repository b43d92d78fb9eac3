import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { createJudgeStage } from './judge.ts';
import { feed, retransmitRow, SignalScript, startMs, transitionsIn } from './testing/signal-script.ts';

const path = 'rules/catalog/tcp-retransmit-spike/rule.yaml';
const files = [{ path, text: readFileSync(path, 'utf8') }];
const checkout = { node: 'n1', workload: 'netns/checkout' };

describe('judge', () => {
  it('fires', () => {
    const script = new SignalScript();
    script.rules(files, startMs, 10_000);
    for (let s = 1; s <= 30; s++) {
      script.flush(checkout, [retransmitRow({ data_segments: 200, retransmits: 0, stalled_sockets: 0, syn_retransmits: 0 })], startMs + s * 1000);
      script.tick(startMs + s * 1000 + 10);
    }
    for (let s = 31; s <= 61; s++) {
      script.flush(checkout, [retransmitRow({ data_segments: 200, retransmits: 10 , stalled_sockets: 0, syn_retransmits: 0})], startMs + s * 1000);
      script.tick(startMs + s * 1000 + 10);
    }
    for (let s = 62; s <= 122; s++) {
      script.flush(checkout, [retransmitRow({ data_segments: 200, retransmits: 0 , stalled_sockets: 0, syn_retransmits: 0})], startMs + s * 1000);
      script.tick(startMs + s * 1000 + 10);
    }
    const t = transitionsIn(feed(createJudgeStage({ compile: compileRules }), script.records));
    console.log(t.map((x) => [(x.at_ms - startMs) / 1000, x.state, x.level, x.update, x.value, x.reason, x.baseline?.why, x.annotations]));
    console.log(JSON.stringify(t[0], null, 1));
    expect(t.length).toBeGreaterThan(0);
  });
});
