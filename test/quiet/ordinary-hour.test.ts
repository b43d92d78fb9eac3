import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleSources } from '../../app/rule-service.ts';
import { replay } from '../../engine/replay.ts';
import { toEpisodes } from '../../engine/replay-summary.ts';
import { compileRules } from '../../rules/compile.ts';
import { loadRules } from '../../rules/load.ts';
import { readRecording } from '../../stream/read-recording.ts';

const recording = join(import.meta.dirname, 'ordinary-hour.ndjson.gz');
const hourMs = 3_600_000;

/**
 * An hour of a developer's machine without Internet: package installs, builds, test runs, a browser that looks for its
 * maker. How it was made: make-recording.ts.
 */
describe('an hour of ordinary work', () => {
  it('pages nobody, by the rules that ship', { timeout: 120_000 }, async () => {
    const rules = await loadRules(ruleSources(true, []));
    if (!rules.ok) throw new Error('the shipped rules do not load');
    const { records } = await readRecording(recording);
    const played = await replay(records, {
      compile: compileRules,
      rules: { files: [...rules.ruleSet.files], learn_ms: null },
    });
    expect(played.refused).toBe(0);
    expect((played.toMs ?? 0) - (played.fromMs ?? 0)).toBeGreaterThan(hourMs);
    const episodes = toEpisodes(played.transitions);
    expect(episodes.filter(({ paged_at_ms }) => paged_at_ms !== null)).toEqual([]);
    // Names that the browser cannot find, and nothing else.
    const noticed = episodes.filter(({ noticed_at_ms }) => noticed_at_ms !== null);
    expect([...new Set(noticed.map(({ alert }) => alert))]).toEqual(['DnsMisspeltName']);
  });
});
