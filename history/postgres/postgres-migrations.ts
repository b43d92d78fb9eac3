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
];
