import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { explain } from './explain.ts';
import { parseIncidents } from './incidents.ts';
import { createJudgeStage } from './judge.ts';
import { episodeLine, summarize, toEpisodes } from './replay-summary.ts';
import { replay } from './replay.ts';
import { feed, retransmitRow, SignalScript, startMs, transitionsIn } from './testing/signal-script.ts';

const path = 'rules/catalog/tcp-retransmit-spike/rule.yaml';
const files = [{ path, text: readFileSync(path, 'utf8') }];

/** A minute of quiet, then at 60 s and at 300 s five seconds of loss. */
function recording(): SignalScript {
  const script = new SignalScript();
  script.rules(files, startMs, 20_000);
  for (let s = 0; s < 400; s++) {
    const retransmits = (s >= 60 && s < 65) || (s >= 300 && s < 305) ? 20 : 0;
    const fields = { data_segments: 200, retransmits, stalled_sockets: 0, syn_retransmits: 0 };
    script.flush(
      { node: 'n1', workload: 'netns/checkout' },
      [retransmitRow(fields)],
      startMs + (s + 1) * 1_000,
    );
    script.tick(startMs + (s + 1) * 1_000 + 250);
  }
  return script;
}

const incidents = parseIncidents(
  `- {name: switch, from: "2026-11-21T08:01:00Z", to: "2026-11-21T08:01:10Z"}
- {name: disk, from: "2026-11-21T09:00:00Z", to: "2026-11-21T09:01:00Z"}`,
  'incidents.yaml',
);

describe('replay', () => {
  it('gives the transitions of the time', async () => {
    const { records } = recording();
    const { transitions, refused } = await replay(records, { compile: compileRules });
    expect(transitions).toEqual(transitionsIn(feed(createJudgeStage({ compile: compileRules }), records)));
    expect(refused).toBe(0);
  });

  it('tells what other rules would have done, and what people knew of it', async () => {
    const { records } = recording();
    const told = async (text: string) => {
      const rules = { files: [{ path, text }], learn_ms: 20_000 };
      const { transitions } = await replay(records, { compile: compileRules, rules });
      return toEpisodes(transitions, incidents);
    };
    const text = files[0]?.text ?? '';
    const episodes = await told(text);
    expect(summarize(episodes, incidents)).toBe(
      'would have paged 2 times, 1 of them in your incidents, and said nothing of disk',
    );
    expect(episodes.map(({ incident, end }) => [incident, end])).toEqual([
      ['switch', 'resolved'],
      [null, 'resolved'],
    ]);
    expect(episodeLine(episodes[0]!)).toMatch(
      /^2026-11-21T08:01:01.000Z {2}page {5}RetransmitSpike: .* \[switch\]$/,
    );
    const deaf = await told(
      text.replace('ceiling: 5%', 'ceiling: 50%').replace('min_value: 0.5%', 'min_value: 20%'),
    );
    expect(summarize(deaf)).toBe('would have paged nobody');
  });

  it('refuses an incidents file that is none, with its place', () => {
    expect(() => parseIncidents('- {from: yesterday, to: today}', 'i.yaml')).toThrow(/i\.yaml: 0\.from/);
    expect(() => parseIncidents('a: [', 'i.yaml')).toThrow(/i\.yaml/);
  });
});

describe('explain', () => {
  it('tells expected, band, score, and which guard held when', async () => {
    const { transitions } = await replay(recording().records, { compile: compileRules });
    const text = explain(transitions.filter(({ episode }) => episode === 1));
    expect(text).toContain('RetransmitSpike namespace=shop workload=netns/checkout');
    expect(text).toContain('2026-11-21T08:01:01.000Z  firing (page): page at once');
    expect(text).toMatch(
      /retransmit_ratio: 10 % over 1 s\n {2}rate baseline: expected 0\.00\d+ %, up to 0\.0\d+ %; score/,
    );
    expect(text).toMatch(
      /held {6}surprise {4}chance of this at the normal rate: \de-\d+, allowed per look: /,
    );
    expect(text).toMatch(/\+\d+ s {2}resolved: baseline\.score < 0\.5/);
    expect(text).toMatch(/retransmit_ratio: 0 % over 30 s, at worst \d+ % over \d+ m?s\n/);
    expect(text).toMatch(/not held {2}min_events {2}0 events, at least 3 needed/);
  });
});
