import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../app/package-root.ts';
import { createJudgeStage } from '../../engine/judge.ts';
import { retransmitRow, SignalScript, startMs } from '../../engine/testing/signal-script.ts';
import { compileRules } from '../../rules/compile.ts';
import { loadRules } from '../../rules/load.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { createRecordingWriter } from '../../stream/write-recording.ts';
import { createJsonReporter, type Reporter } from '../reporter.ts';
import { runRecorded } from './run-recorded.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-recorded-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const options = {
  json: true,
  keep: false,
  kafka: false,
  placebo: false,
  record: undefined,
  recorded: false,
} as const;
const never = new AbortController().signal;

function jsonReporter(): { readonly reporter: Reporter; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text));
  return { lines, reporter: createJsonReporter({ isTerminal: false, columns: 80, write }) };
}

/** 10 s clean, 3 s with a tenth lost, 77 s clean, as an agent and a judge would have left them in the log. */
async function makeRecording(path: string): Promise<void> {
  const loaded = await loadRules([join(packageRoot, 'rules/catalog')], { learnMs: 5000 });
  if (!loaded.ok) throw new Error('the catalogue does not load');
  const script = new SignalScript();
  script.rules(loaded.ruleSet.files, startMs, 5000);
  for (let ms = 250; ms <= 90_000; ms += 250) {
    script.tick(startMs + ms);
    const lossy = ms > 10_000 && ms <= 13_000;
    const fields = { data_segments: 50, retransmits: lossy ? 5 : 0, stalled_sockets: 0, syn_retransmits: 0 };
    script.flush({ node: 'n1', workload: 'netns/checkout' }, [retransmitRow(fields)], startMs + ms);
  }
  const judge = createJudgeStage({ compile: compileRules });
  const header = { saccade_recording: 1, recorded_at: new Date(startMs).toISOString() } as const;
  const topics = ['signals', 'alerts'] as const;
  const writer = await createRecordingWriter(path, {
    ...header,
    learn_ms: 5000,
    rules_revision: null,
    topics: [...topics],
  });
  let offset = 0;
  for (const record of script.records) {
    const outputs = judge.process(record).filter(({ topic }) => topic === 'alerts');
    const { appendedAtMs } = record;
    await writer.write(record);
    for (const { topic, event } of [...outputs])
      await writer.write({
        topic,
        partition: 0,
        offset: ++offset,
        appendedAtMs,
        event,
      } satisfies StreamRecord);
  }
  await writer.close();
}

interface Told {
  readonly good: boolean;
  readonly lines: readonly unknown[];
}

async function run(recorded: string | true, placebo: boolean): Promise<Told> {
  const { reporter, lines } = jsonReporter();
  return { good: await runRecorded({ ...options, recorded, placebo }, reporter, never), lines };
}

describe('a recorded demo', () => {
  const resolved = {
    recorded: true,
    resolved: true,
    trouble: expect.stringMatching(/^Resolved.*checkout/) as string,
  };

  const alerts = ['RetransmitSpike', 'DnsFailures', 'NewExternalDestination', 'ApiServerSlow'];

  it(
    'pages, resolves, comes to the same transitions, and pages nobody without the troubles',
    { timeout: 180_000 },
    async () => {
      const made = join(directory, 'loss.ndjson.gz');
      await makeRecording(made);
      const [play, placebo, shipped, shippedPlacebo] = await Promise.all([
        run(made, false),
        run(made, true),
        run(true, false),
        run(true, true),
      ]);
      expect(play).toMatchObject({ good: true, lines: [resolved] });
      expect(shipped.good).toBe(true);
      expect(shipped.lines).toMatchObject(
        alerts.map((alert) => ({ recorded: true, trouble: expect.stringContaining(alert) as string })),
      );
      expect(placebo).toEqual({ good: true, lines: [] });
      expect(shippedPlacebo).toEqual({ good: true, lines: [] });
    },
  );
});
