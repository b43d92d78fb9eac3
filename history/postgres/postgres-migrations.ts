/**
 * Tables of the history in PostgreSQL, one entry a version; never edited once released. Times are Unix milliseconds
 * and `body` is the event's data as it was, as in SQLite, so that both answer the same.
 */
export const postgresMigrations: readonly string[] = [
  `CREATE TABLE alerts (
     fingerprint text NOT NULL,
     episode bigint NOT NULL,
     last_seq bigint NOT NULL,
     rule_id text NOT NULL,
     state text NOT NULL,
     peak_level text,
     namespace text NOT NULL,
     workload text NOT NULL,
     peer text,
     started_at_ms bigint NOT NULL,
     fired_at_ms bigint,
     ended_at_ms bigint,
     dry_run boolean NOT NULL,
     acknowledged_by text,
     acknowledged_at_ms bigint,
     verdict text,
     verdict_by text,
     verdict_at_ms bigint,
     notes jsonb NOT NULL DEFAULT '{}',
     body jsonb NOT NULL,
     PRIMARY KEY (fingerprint, episode)
   );
   CREATE INDEX alerts_by_start ON alerts (started_at_ms DESC);
   CREATE INDEX alerts_by_rule ON alerts (rule_id, started_at_ms DESC);
   CREATE INDEX alerts_by_workload ON alerts (workload, started_at_ms DESC);
   CREATE TABLE transitions (
     fingerprint text NOT NULL,
     episode bigint NOT NULL,
     seq bigint NOT NULL,
     at_ms bigint NOT NULL,
     is_update boolean NOT NULL,
     body jsonb NOT NULL,
     PRIMARY KEY (fingerprint, episode, seq)
   );
   CREATE TABLE notifications (
     id text PRIMARY KEY,
     at_ms bigint NOT NULL,
     receiver text NOT NULL,
     phase text NOT NULL,
     body jsonb NOT NULL
   );
   CREATE TABLE notification_alerts (
     notification_id text NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
     fingerprint text NOT NULL,
     episode bigint NOT NULL,
     PRIMARY KEY (fingerprint, episode, notification_id)
   );
   CREATE TABLE captures (
     id text PRIMARY KEY,
     at_ms bigint NOT NULL,
     fingerprint text,
     episode bigint,
     phase text NOT NULL,
     body jsonb NOT NULL
   );
   CREATE INDEX captures_by_alert ON captures (fingerprint, episode);
   CREATE TABLE dead_letters (id text PRIMARY KEY, at_ms bigint NOT NULL, stage text NOT NULL, body jsonb NOT NULL);
   CREATE TABLE audit (id text PRIMARY KEY, at_ms bigint NOT NULL, by text NOT NULL, action text NOT NULL, body jsonb NOT NULL);
   CREATE TABLE observation_series (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     identity text NOT NULL UNIQUE,
     signal text NOT NULL,
     namespace text NOT NULL,
     workload text NOT NULL,
     body jsonb NOT NULL
   );
   CREATE TABLE observations_1s (
     series_id bigint NOT NULL REFERENCES observation_series (id) ON DELETE CASCADE,
     bucket_ms bigint NOT NULL,
     fields jsonb NOT NULL,
     PRIMARY KEY (series_id, bucket_ms)
   );
   CREATE TABLE destinations (
     cluster text NOT NULL,
     namespace text NOT NULL,
     workload text NOT NULL,
     name text NOT NULL,
     service_port bigint NOT NULL,
     first_ms bigint NOT NULL,
     last_ms bigint NOT NULL,
     contacts bigint NOT NULL,
     bytes_sent bigint NOT NULL,
     bytes_received bigint NOT NULL,
     slots bigint NOT NULL,
     last_slot bigint NOT NULL,
     host text NOT NULL,
     PRIMARY KEY (cluster, namespace, workload, name, service_port)
   );
   CREATE TABLE record_offsets (recorder text PRIMARY KEY, log_offset bigint NOT NULL);`,
  // What people look for, and what retention deletes. Ids compare by their bytes, as in SQLite: prefixes are ranges.
  `ALTER TABLE alerts ALTER COLUMN fingerprint TYPE text COLLATE "C",
     ADD COLUMN rowid bigint GENERATED ALWAYS AS IDENTITY,
     ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', regexp_replace(
       rule_id || ' ' || coalesce(body ->> 'alert', '') || ' ' || namespace || ' ' || workload || ' ' ||
       coalesce(peer, ''), '[^[:alnum:]]+', ' ', 'g'))) STORED;
   ALTER TABLE transitions ALTER COLUMN fingerprint TYPE text COLLATE "C";
   ALTER TABLE notification_alerts ALTER COLUMN fingerprint TYPE text COLLATE "C";
   ALTER TABLE captures ALTER COLUMN fingerprint TYPE text COLLATE "C", ALTER COLUMN id TYPE text COLLATE "C";
   DROP INDEX alerts_by_start;
   DROP INDEX alerts_by_rule;
   DROP INDEX alerts_by_workload;
   CREATE UNIQUE INDEX alerts_by_start ON alerts (started_at_ms, rowid);
   CREATE INDEX alerts_by_words ON alerts USING gin (words);
   CREATE INDEX alerts_open ON alerts (started_at_ms) WHERE ended_at_ms IS NULL;
   CREATE INDEX alerts_ended ON alerts (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
   CREATE INDEX alerts_told ON alerts (started_at_ms, peak_level, rule_id, verdict) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_state ON alerts (state, started_at_ms);
   CREATE INDEX alerts_by_rule ON alerts (rule_id, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_workload ON alerts (workload, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_namespace ON alerts (namespace, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_peer ON alerts (peer, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_level ON alerts (peak_level, started_at_ms) WHERE state <> 'cancelled';
   CREATE INDEX alerts_by_verdict ON alerts (verdict, started_at_ms) WHERE verdict IS NOT NULL;
   CREATE INDEX transitions_by_time ON transitions (at_ms);
   CREATE INDEX notifications_by_time ON notifications (at_ms);
   CREATE INDEX notification_alerts_by_notification ON notification_alerts (notification_id);
   CREATE INDEX captures_by_time ON captures (at_ms);
   CREATE INDEX dead_letters_by_time ON dead_letters (at_ms);
   CREATE INDEX audit_by_time ON audit (at_ms);
   CREATE INDEX destinations_by_contact ON destinations (last_ms);
   CREATE INDEX observation_series_by_workload ON observation_series (namespace, workload, signal);
   CREATE INDEX observations_1s_by_time ON observations_1s (bucket_ms);
   CREATE TABLE observations_1m (
     series_id bigint NOT NULL REFERENCES observation_series (id) ON DELETE CASCADE,
     bucket_ms bigint NOT NULL,
     fields jsonb NOT NULL,
     PRIMARY KEY (series_id, bucket_ms)
   );
   CREATE INDEX observations_1m_by_time ON observations_1m (bucket_ms);`,
  // One port may be two destinations, over TCP and over UDP. What is known from before is of TCP.
  `ALTER TABLE destinations ADD COLUMN protocol text NOT NULL DEFAULT 'tcp', DROP CONSTRAINT destinations_pkey,
     ADD PRIMARY KEY (cluster, namespace, workload, name, service_port, protocol);`,
];
