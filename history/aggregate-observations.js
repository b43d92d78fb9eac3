import { createFilter } from './filter.js';
import { mergeFields } from './merge-fields.js';
/** Rows that one question may read: about a second of work. */
const maxRows = 300_000;
const resolutions = ['observations_1m', 'observations_1s'];
/** Observations of a past window, merged by group and step as their signal's catalogue entry says. */
export function aggregateObservations(database, ask) {
  const groups = new Map();
  let rows = 0;
  let truncated = false;
  for (const { id, series } of findSeries(database, ask.series)) {
    const read = readRows(database, id, ask, maxRows - rows);
    if (read.length === 0) continue;
    rows += read.length;
    truncated ||= rows >= maxRows;
    const group = groups.get(ask.groupOf(series)) ?? { series, steps: new Map() };
    if (!groups.has(ask.groupOf(series))) {
      if (groups.size >= ask.maxGroups) {
        truncated = true;
        continue;
      }
      groups.set(ask.groupOf(series), group);
    }
    for (const { atMs, fields } of read) addRow(group.steps, series.signal, stepOf(atMs, ask), fields);
    if (rows >= maxRows) break;
  }
  return {
    groups: [...groups].map(([group, { series, steps }]) => ({ group, series, steps: sorted(steps) })),
    truncated,
  };
}
function stepOf(atMs, { stepMs, sinceMs }) {
  return Number.isFinite(stepMs) ? Math.floor(atMs / stepMs) * stepMs : sinceMs;
}
function addRow(steps, signal, step, fields) {
  const before = steps.get(step);
  steps.set(step, before === undefined ? fields : mergeFields(signal, before, fields));
}
function sorted(steps) {
  return new Map([...steps].toSorted(([a], [b]) => a - b));
}
function readRows(database, id, ask, limit) {
  return resolutions.flatMap((table) =>
    database
      .prepare(
        `SELECT bucket_ms, fields FROM ${table} WHERE series_id = ? AND bucket_ms >= ? AND bucket_ms < ?
         ORDER BY bucket_ms LIMIT ?`,
      )
      .all(id, ask.sinceMs, ask.untilMs, Math.max(0, limit))
      .map((row) => ({
        atMs: Number(row['bucket_ms']),
        fields: JSON.parse(String(row['fields'])),
      })),
  );
}
/** All that fit; their number is bounded by the history's limit of series. */
export function findSeries(database, filter) {
  const where = createFilter();
  where.addIf('signal = ?', filter.signal);
  where.addIf('namespace = ?', filter.namespace);
  where.addIf('workload = ?', filter.workload);
  where.addIf("json_extract(body, '$.peer') = ?", filter.peer);
  where.addIf("json_extract(body, '$.peer_kind') = ?", filter.peerKind);
  where.addIf("json_extract(body, '$.role') = ?", filter.role);
  where.addIf("json_extract(body, '$.service_port') = ?", filter.servicePort);
  return database
    .prepare(`SELECT id, body FROM observation_series ${where.sql()} ORDER BY identity`)
    .all(...where.values())
    .map((row) => ({ id: Number(row['id']), series: JSON.parse(String(row['body'])) }));
}
