/**
 * Tables of the log. One offset counts over all topics, so that a stage with several inputs reads them in one
 * order, the same after every restart; AUTOINCREMENT never gives an offset twice, even after retention has
 * emptied the table. `records_by_topic` serves reading by topic and the sums of bytes without touching events.
 */
export const logMigrations: readonly string[] = [
  `CREATE TABLE records (
     offset INTEGER PRIMARY KEY AUTOINCREMENT,
     topic TEXT NOT NULL,
     rank INTEGER NOT NULL,
     appended_at_ms INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     source TEXT NOT NULL,
     event_id TEXT NOT NULL,
     event TEXT NOT NULL
   ) STRICT;
   CREATE INDEX records_by_topic ON records (topic, offset, bytes);
   CREATE UNIQUE INDEX records_by_identity ON records (source, event_id, topic);
   CREATE TABLE stage_offsets (
     stage TEXT PRIMARY KEY,
     offset INTEGER NOT NULL,
     updated_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE stage_state (
     stage TEXT NOT NULL,
     key TEXT NOT NULL,
     value BLOB NOT NULL,
     PRIMARY KEY (stage, key)
   ) STRICT, WITHOUT ROWID;`,
];
