-- fastshop: compatible
-- Work that is done later, by any server: enqueued by the transaction that causes it, run at least once, retried, and
-- kept when it fails for good. Schedules enqueue jobs at times of a calendar.

CREATE SCHEMA jobs;
COMMENT ON SCHEMA jobs IS 'Work that is done later, by any server.';

CREATE TABLE jobs.job (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  kind text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL DEFAULT 'waiting',
  priority smallint NOT NULL DEFAULT 1,
  due_at timestamptz NOT NULL DEFAULT now(),
  attempt int NOT NULL DEFAULT 0,
  failures int NOT NULL DEFAULT 0,
  payload text NOT NULL DEFAULT '{}',
  unique_key text COLLATE "C",
  unique_until timestamptz,
  is_counted boolean NOT NULL DEFAULT false,
  is_cancelled boolean NOT NULL DEFAULT false,
  progress smallint NOT NULL DEFAULT 0,
  progress_text text NOT NULL DEFAULT '',
  node text NOT NULL DEFAULT '',
  last_error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz,
  CONSTRAINT job_pkey PRIMARY KEY (id),
  CONSTRAINT job_kind_is_a_name CHECK (kind ~ '^[a-z][a-z0-9_.-]{0,59}$'),
  CONSTRAINT job_state_is_known CHECK (state IN ('waiting', 'running', 'done', 'dead', 'cancelled')),
  CONSTRAINT job_priority_is_known CHECK (priority BETWEEN 0 AND 2),
  CONSTRAINT job_attempt_not_negative CHECK (attempt >= 0 AND failures >= 0),
  CONSTRAINT job_payload_is_bounded CHECK (octet_length(payload) <= 16384),
  CONSTRAINT job_unique_key_is_bounded CHECK (octet_length(unique_key) BETWEEN 1 AND 300),
  CONSTRAINT job_unique_until_needs_a_key CHECK (unique_until IS NULL OR unique_key IS NOT NULL),
  CONSTRAINT job_progress_in_range CHECK (progress BETWEEN 0 AND 1000),
  CONSTRAINT job_progress_text_is_short CHECK (length(progress_text) <= 200),
  CONSTRAINT job_node_is_short CHECK (length(node) <= 255),
  CONSTRAINT job_last_error_is_short CHECK (length(last_error) <= 500),
  CONSTRAINT job_ends_once CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL))
) WITH (
  fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000);
COMMENT ON TABLE jobs.job IS
  'The queue. A server takes due jobs and moves due_at to the end of its lease, which it renews while the job '
  'runs: a job of a server that died is due again.';
COMMENT ON COLUMN jobs.job.id IS 'UUID of version 7; the idempotency key for effects outside the database.';
COMMENT ON COLUMN jobs.job.kind IS 'The kind of job, which names the code that runs it: mail.send.';
COMMENT ON COLUMN jobs.job.state IS
  'waiting, running; then done, dead (given up, and kept to be looked at), or cancelled.';
COMMENT ON COLUMN jobs.job.priority IS 'Among the due jobs of a kind, 0 is taken before 1 and 1 before 2.';
COMMENT ON COLUMN jobs.job.due_at IS
  'It is not taken before: its scheduled time, the end of the pause after a failure, or the end of its lease.';
COMMENT ON COLUMN jobs.job.attempt IS
  'Grows each time that a server takes it. A server may end the job only while this is what it was then.';
COMMENT ON COLUMN jobs.job.failures IS
  'The number of attempts that failed or never ended. Attempts that a stop of the server ended do not count.';
COMMENT ON COLUMN jobs.job.payload IS 'What the job is about, in JSON. No secrets: those stay sealed in their own tables.';
COMMENT ON COLUMN jobs.job.unique_key IS
  'Of the jobs of a kind with the same key, one exists at a time; null for a job without such a limit.';
COMMENT ON COLUMN jobs.job.unique_until IS
  'The key stays taken until then even when the job has ended; null when it is free as soon as the job has ended.';
COMMENT ON COLUMN jobs.job.is_counted IS 'Whether the running jobs of its kind are counted and limited over all servers.';
COMMENT ON COLUMN jobs.job.is_cancelled IS 'Whether an operator wants a running job to end.';
COMMENT ON COLUMN jobs.job.progress IS 'How far the running job has come, in thousandths.';
COMMENT ON COLUMN jobs.job.progress_text IS 'What the running job is doing.';
COMMENT ON COLUMN jobs.job.node IS 'The server that took it last; empty before the first time.';
COMMENT ON COLUMN jobs.job.last_error IS 'Why the last attempt failed, in a sentence for operators.';
COMMENT ON COLUMN jobs.job.created_at IS 'When it was enqueued.';
COMMENT ON COLUMN jobs.job.started_at IS 'When it was taken last; null before the first time.';
COMMENT ON COLUMN jobs.job.ended_at IS 'When it was done, given up or cancelled; null until then.';
CREATE INDEX job_due ON jobs.job (kind, priority, due_at) WHERE ended_at IS NULL;
CREATE INDEX job_counted ON jobs.job (kind, due_at) WHERE is_counted AND state = 'running';
CREATE INDEX job_ended ON jobs.job (state, ended_at, id) WHERE ended_at IS NOT NULL;
CREATE UNIQUE INDEX job_unique_key ON jobs.job (kind, unique_key)
  WHERE unique_key IS NOT NULL AND (ended_at IS NULL OR unique_until IS NOT NULL);

CREATE TABLE jobs.schedule (
  name text COLLATE "C" NOT NULL,
  expression text NOT NULL,
  zone text NOT NULL,
  next_at timestamptz NOT NULL,
  last_at timestamptz,
  last_job_id uuid,
  CONSTRAINT schedule_pkey PRIMARY KEY (name),
  CONSTRAINT schedule_name_is_short CHECK (length(name) BETWEEN 1 AND 60),
  CONSTRAINT schedule_expression_is_short CHECK (length(expression) BETWEEN 1 AND 200),
  CONSTRAINT schedule_zone_is_short CHECK (length(zone) BETWEEN 1 AND 60)
);
COMMENT ON TABLE jobs.schedule IS
  'When each schedule of the program runs next. The server that moves next_at enqueues the job, in one transaction.';
COMMENT ON COLUMN jobs.schedule.name IS 'The name of the schedule.';
COMMENT ON COLUMN jobs.schedule.expression IS 'Its times, as a cron expression, for which next_at was computed.';
COMMENT ON COLUMN jobs.schedule.zone IS 'The time zone of the expression.';
COMMENT ON COLUMN jobs.schedule.next_at IS 'When it runs next.';
COMMENT ON COLUMN jobs.schedule.last_at IS 'When it was due the last time that it ran; null before.';
COMMENT ON COLUMN jobs.schedule.last_job_id IS 'The job that it enqueued last; null before, or when one was waiting.';

-- Mails are sent by jobs of the kind mail.send, whose id is the id of the mail. A server of the release before sends
-- what it enqueues itself, as 'waiting'; what it leaves becomes a job later.

ALTER TABLE mail.message
  DROP CONSTRAINT message_state_is_known,
  DROP CONSTRAINT message_ends_once,
  ADD CONSTRAINT message_state_is_known CHECK (state IN ('waiting', 'queued', 'sent', 'dead')),
  ADD CONSTRAINT message_ends_once CHECK ((state IN ('waiting', 'queued')) = (ended_at IS NULL));
COMMENT ON TABLE mail.message IS 'Mails that are to be sent, by the job of the same id, and those that were sent.';
COMMENT ON COLUMN mail.message.id IS 'UUID of version 7, also of the job. Every attempt sends it as the Message-ID.';
COMMENT ON COLUMN mail.message.state IS
  'queued, while its job has not sent it; sent. Of the release before: waiting, dead.';
COMMENT ON COLUMN mail.message.attempts IS 'Of the release before: how often it was taken to be delivered.';
COMMENT ON COLUMN mail.message.due_at IS 'Of the release before: not before then will it be taken.';
COMMENT ON COLUMN mail.message.last_error IS 'Of the release before: why the last attempt failed.';
COMMENT ON COLUMN mail.message.ended_at IS 'When it was sent; null until then.';

INSERT INTO jobs.job (id, kind, state, due_at, attempt, failures, last_error, created_at, ended_at)
SELECT m.id, 'mail.send', m.state, m.due_at, m.attempts, m.attempts, m.last_error, m.created_at, m.ended_at
  FROM mail.message m
 WHERE m.state IN ('waiting', 'dead');
UPDATE mail.message SET state = 'queued', ended_at = NULL WHERE state IN ('waiting', 'dead');

-- Sessions are deleted by this, and by nothing else.
DROP INDEX identity.session_by_end;
DROP INDEX identity.session_by_expiry;
CREATE INDEX session_by_retention ON identity.session (coalesce(ended_at, expires_at));
