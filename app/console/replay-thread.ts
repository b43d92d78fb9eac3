import { parentPort, workerData } from 'node:worker_threads';
import { replay } from '../../engine/replay.ts';
import { summarize, toEpisodes, type Episode } from '../../engine/replay-summary.ts';
import type { ReplayedEpisode, ReplayView } from '../../console/ports.ts';
import { compileRules } from '../../rules/compile.ts';
import { historyRecords } from './history-records.ts';
import type { TrialMaterial } from './rule-trial.ts';
import { storedLog } from '../../stream/embedded/stored-log.ts';

/** One trial of rules over the stored log, in a thread of its own: a day of records keeps a processor busy for a while. */
const { files, ...material } = workerData as TrialMaterial & {
  readonly files: { path: string; text: string }[];
};

const records = 'seconds' in material ? historyRecords(material.seconds) : storedLog(material.databasePath);
const result = await replay(records, {
  compile: compileRules,
  rules: { files, learn_ms: null },
});
const episodes = toEpisodes(result.transitions).filter((episode) => episode.end !== 'cancelled');
parentPort?.postMessage({
  summary: summarize(episodes),
  from_ms: result.fromMs,
  to_ms: result.toMs,
  records: result.records,
  episodes: episodes.map(viewEpisode),
} satisfies ReplayView);

function viewEpisode(episode: Episode): ReplayedEpisode {
  return {
    summary: episode.summary,
    started_at_ms: episode.started_at_ms,
    level: episode.paged_at_ms !== null ? 'page' : episode.noticed_at_ms !== null ? 'notice' : 'pending',
    ended_at_ms: episode.ended_at_ms,
    worst_value: episode.worst_value,
  };
}
