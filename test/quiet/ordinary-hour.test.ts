import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleSources } from '../../app/rule-service.ts';
import { replay } from '../../engine/replay.ts';
import { toEpisodes } from '../../engine/replay-summary.ts';
import { compileRules } from '../../rules/compile.ts';
import { loadRules } from '../../rules/load.ts';
import { type ObservationBatch, observationsType } from '../../stream/events/observation.ts';
import { readRecording } from '../../stream/read-recording.ts';

const minuteMs = 60_000;

/** Plays a recording to the rules that ship. */
async function play(file: string) {
  const rules = await loadRules(ruleSources(true, []));
  if (!rules.ok) throw new Error('the shipped rules do not load');
  const { records } = await readRecording(join(import.meta.dirname, file));
  const signals = new Set<string>();
  const seen = (async function* () {
    for await (const record of records) {
      if (record.event.type === observationsType)
        for (const { signal } of (record.event.data as ObservationBatch).rows) signals.add(signal);
      yield record;
    }
  })();
  const { refused, fromMs, toMs, transitions } = await replay(seen, {
    compile: compileRules,
    rules: { files: [...rules.ruleSet.files], learn_ms: null },
  });
  expect(refused).toBe(0);
  const episodes = toEpisodes(transitions);
  return {
    signals,
    ruled: new Set(rules.ruleSet.rules.map(({ signal }) => signal.id)),
    minutes: ((toMs ?? 0) - (fromMs ?? 0)) / minuteMs,
    paged: episodes.filter(({ paged_at_ms }) => paged_at_ms !== null),
    noticed: episodes.filter(({ noticed_at_ms }) => noticed_at_ms !== null).map(({ alert }) => alert),
  };
}

/**
 * An hour of a developer's machine without Internet: package installs, builds, test runs, a browser that looks for its
 * maker. Nobody asked an API server in that hour, so there is a second recording for it: a sound one, asked for twenty
 * minutes by an agent on two processors with sixty runnable processes beside it. How they were made: make-recording.ts.
 */
describe('ordinary work', { timeout: 120_000 }, () => {
  it('pages nobody in an hour, by the rules that ship', async () => {
    const hour = await play('ordinary-hour.ndjson.gz');
    expect(hour.minutes).toBeGreaterThan(60);
    expect(hour.paged).toEqual([]);
    // Names that the browser cannot find, and nothing else.
    expect([...new Set(hour.noticed)]).toEqual(['DnsMisspeltName']);
    expect([...hour.ruled.difference(hour.signals)]).toEqual(['apiserver.latency']);
  });

  it('tells nothing of a sound API server from a machine that has no processor to spare', async () => {
    const busy = await play('busy-agent.ndjson.gz');
    expect(busy.minutes).toBeGreaterThan(15);
    expect([...busy.signals]).toEqual(['apiserver.latency']);
    expect([busy.paged, busy.noticed]).toEqual([[], []]);
  });
});
