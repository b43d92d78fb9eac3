/**
 * Tables of the history, in the same file as the log. Every row has an identity that comes from its event, so that
 * writing it twice changes nothing. `body` is the event's data as it was; the columns beside it are for filters.
 */
export const historyMigrations: readonly string[] = [
  `CREATE TABLE alerts (
     fingerprint TEXT NOT NULL,
     episode INTEGER NOT NULL,
     last_seq INTEGER NOT NULL,
     rule_id TEXT NOT NULL,
     state TEXT NOT NULL,
     peak_level TEXT,
     namespace TEXT NOT NULL,
     workload TEXT NOT NULL,
     peer TEXT,
     started_at_ms INTEGER NOT NULL,
     fired_at_ms INTEGER,
     ended_at_ms INTEGER,
     dry_run INTEGER NOT NULL,
     acknowledged_by TEXT,
     acknowledged_at_ms INTEGER,
     body TEXT NOT NULL,
     PRIMARY KEY (fingerprint, episode)
   ) STRICT;
   CREATE INDEX alerts_by_start ON alerts (started_at_ms);
   CREATE TABLE transitions (
     fingerprint TEXT NOT NULL,
     episode INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     at_ms INTEGER NOT NULL,
     is_update INTEGER NOT NULL,
     body TEXT NOT NULL,
     PRIMARY KEY (fingerprint, episode, seq)
   ) STRICT;
   CREATE TABLE notifications (
     id TEXT PRIMARY KEY,
     at_ms INTEGER NOT NULL,
     receiver TEXT NOT NULL,
     phase TEXT NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX notifications_by_time ON notifications (at_ms);
   CREATE TABLE notification_alerts (
     notification_id TEXT NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
     fingerprint TEXT NOT NULL,
     episode INTEGER NOT NULL,
     PRIMARY KEY (fingerprint, episode, notification_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX notification_alerts_by_notification ON notification_alerts (notification_id);
   CREATE TABLE captures (
     id TEXT PRIMARY KEY,
     at_ms INTEGER NOT NULL,
     fingerprint TEXT,
     episode INTEGER,
     phase TEXT NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX captures_by_alert ON captures (fingerprint, episode);
   CREATE INDEX captures_by_time ON captures (at_ms);
   CREATE TABLE dead_letters (
     id TEXT PRIMARY KEY,
     at_ms INTEGER NOT NULL,
     stage TEXT NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX dead_letters_by_time ON dead_letters (at_ms);
   CREATE TABLE observation_series (
     id INTEGER PRIMARY KEY,
     identity TEXT NOT NULL UNIQUE,
     signal TEXT NOT NULL,
     namespace TEXT NOT NULL,
     workload TEXT NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE TABLE observations_1s (
     series_id INTEGER NOT NULL,
     bucket_ms INTEGER NOT NULL,
     fields TEXT NOT NULL,
     PRIMARY KEY (series_id, bucket_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE observations_1m (
     series_id INTEGER NOT NULL,
     bucket_ms INTEGER NOT NULL,
     fields TEXT NOT NULL,
     PRIMARY KEY (series_id, bucket_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE observation_bytes (resolution TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT;
   INSERT INTO observation_bytes VALUES ('1s', 0), ('1m', 0);`,
  // What people look for: by rule, workload, level, verdict and words, newest first, at a million alerts.
  `ALTER TABLE alerts ADD COLUMN verdict TEXT;
   ALTER TABLE alerts ADD COLUMN verdict_by TEXT;
   ALTER TABLE alerts ADD COLUMN verdict_at_ms INTEGER;
   CREATE INDEX alerts_open ON alerts (started_at_ms) WHERE ended_at_ms IS NULL;
   CREATE INDEX alerts_told ON alerts (started_at_ms, peak_level, rule_id, verdict) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_state ON alerts (state, started_at_ms);
   CREATE INDEX alerts_by_rule ON alerts (rule_id, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_workload ON alerts (workload, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_namespace ON alerts (namespace, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_peer ON alerts (peer, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_level ON alerts (peak_level, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_verdict ON alerts (verdict, started_at_ms) WHERE verdict IS NOT NULL;
   CREATE VIRTUAL TABLE alert_words USING fts5 (words, content='', contentless_delete=1, prefix='2 3 4 5 6 7 8');
   CREATE TRIGGER alert_words_added AFTER INSERT ON alerts BEGIN
     INSERT INTO alert_words (rowid, words) VALUES (new.rowid, concat_ws(' ', new.rule_id,
       json_extract(new.body, '$.alert'), new.namespace, new.workload, new.peer));
   END;
   CREATE TRIGGER alert_words_deleted AFTER DELETE ON alerts BEGIN
     DELETE FROM alert_words WHERE rowid = old.rowid;
   END;
   INSERT INTO alert_words (rowid, words) SELECT rowid, concat_ws(' ', rule_id,
     json_extract(body, '$.alert'), namespace, workload, peer) FROM alerts;
   CREATE TABLE audit (
     id TEXT PRIMARY KEY,
     at_ms INTEGER NOT NULL,
     by TEXT NOT NULL,
     action TEXT NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX audit_by_time ON audit (at_ms);`,
  `CREATE TABLE destinations (
     cluster TEXT NOT NULL,
     namespace TEXT NOT NULL,
     workload TEXT NOT NULL,
     name TEXT NOT NULL,
     service_port INTEGER NOT NULL,
     first_ms INTEGER NOT NULL,
     last_ms INTEGER NOT NULL,
     contacts INTEGER NOT NULL,
     bytes_sent INTEGER NOT NULL,
     bytes_received INTEGER NOT NULL,
     slots INTEGER NOT NULL,
     last_slot INTEGER NOT NULL,
     host TEXT NOT NULL,
     PRIMARY KEY (cluster, namespace, workload, name, service_port)
   ) STRICT;
   CREATE INDEX destinations_by_contact ON destinations (last_ms);`,
  // What functions and people noted of an alert: an object of texts.
  `ALTER TABLE alerts ADD COLUMN notes TEXT NOT NULL DEFAULT '{}';`,
  // One port may be two destinations, over TCP and over UDP. What is known from before is of TCP.
  `CREATE TABLE destinations_by_protocol (
     cluster TEXT NOT NULL,
     namespace TEXT NOT NULL,
     workload TEXT NOT NULL,
     name TEXT NOT NULL,
     service_port INTEGER NOT NULL,
     protocol TEXT NOT NULL,
     first_ms INTEGER NOT NULL,
     last_ms INTEGER NOT NULL,
     contacts INTEGER NOT NULL,
     bytes_sent INTEGER NOT NULL,
     bytes_received INTEGER NOT NULL,
     slots INTEGER NOT NULL,
     last_slot INTEGER NOT NULL,
     host TEXT NOT NULL,
     PRIMARY KEY (cluster, namespace, workload, name, service_port, protocol)
   ) STRICT;
   INSERT INTO destinations_by_protocol SELECT cluster, namespace, workload, name, service_port, 'tcp', first_ms, last_ms,
     contacts, bytes_sent, bytes_received, slots, last_slot, host FROM destinations;
   DROP TABLE destinations;
   ALTER TABLE destinations_by_protocol RENAME TO destinations;
   CREATE INDEX destinations_by_contact ON destinations (last_ms);`,
];
