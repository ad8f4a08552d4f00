-- fastshop: incompatible
-- The event log by ranges of numbers, with an index of what each event concerns: a subscriber that comes back reads its
-- own events only, however long the log is. A writer holds a lock from its first number to its end, so that readers
-- know whom a missing number may belong to.

LOCK TABLE platform.event IN ACCESS EXCLUSIVE MODE;

ALTER TABLE platform.event RENAME TO event_by_time;
ALTER INDEX platform.event_pkey RENAME TO event_by_time_pkey;
ALTER TABLE platform.event_default RENAME TO event_by_time_default;
ALTER INDEX platform.event_default_pkey RENAME TO event_by_time_default_pkey;

CREATE TABLE platform.event (
  -- Before seq on purpose: defaults are computed in this order, so whoever holds a number already has its xid.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- Nobody takes this lock alone, so it is always given.
  seq bigint NOT NULL DEFAULT
    CASE WHEN pg_try_advisory_xact_lock_shared('platform.event_seq'::regclass::oid::int, 0)
         THEN nextval('platform.event_seq') END,
  topic text NOT NULL,
  key uuid NOT NULL,
  type text NOT NULL,
  subjects uuid[] NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT event_pkey PRIMARY KEY (seq),
  CONSTRAINT event_topic_is_short CHECK (length(topic) BETWEEN 1 AND 63),
  CONSTRAINT event_type_is_short CHECK (length(type) BETWEEN 1 AND 63)
) PARTITION BY RANGE (seq);
COMMENT ON TABLE platform.event IS
  'Everything that happened, appended by the transaction that did it. Readers go by seq; see '
  'docs/decisions/one-event-log.md.';
COMMENT ON COLUMN platform.event.xid IS
  'The transaction that wrote it: tells whether a snapshot already saw its effects.';
COMMENT ON COLUMN platform.event.seq IS
  'Its number; names its partition. Commits may come in another order; a missing number may still appear, as long as '
  'a transaction holds the shared advisory lock that is taken before the number.';
COMMENT ON COLUMN platform.event.topic IS 'The stream it belongs to: inventory.stock.';
COMMENT ON COLUMN platform.event.key IS 'What changed: the aggregate whose events keep their order.';
COMMENT ON COLUMN platform.event.type IS 'What happened to it: adjusted.';
COMMENT ON COLUMN platform.event.subjects IS
  'Everything it concerns, by id, key included: subscribers select by any of these.';
COMMENT ON COLUMN platform.event.payload IS 'What subscribers are told, in the JSON form of their message.';
COMMENT ON COLUMN platform.event.at IS 'When its transaction began; old events are deleted by it.';

CREATE TABLE platform.event_default PARTITION OF platform.event DEFAULT;
COMMENT ON TABLE platform.event_default IS 'Catches events whose range has no partition yet.';

CREATE TABLE platform.event_subject (
  subject uuid NOT NULL,
  topic text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  CONSTRAINT event_subject_pkey PRIMARY KEY (subject, topic, seq)
) PARTITION BY RANGE (seq);
COMMENT ON TABLE platform.event_subject IS
  'The numbers of the events that concern a subject, so that its events after a number are found at once.';
COMMENT ON COLUMN platform.event_subject.subject IS 'One of the event''s subjects.';
COMMENT ON COLUMN platform.event_subject.topic IS 'The event''s topic.';
COMMENT ON COLUMN platform.event_subject.seq IS 'The event''s number; names its partition.';

CREATE TABLE platform.event_subject_default PARTITION OF platform.event_subject DEFAULT;
COMMENT ON TABLE platform.event_subject_default IS 'Catches subjects whose range has no partition yet.';

-- Ranges.

CREATE FUNCTION platform.event_range_size() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT 5000000::bigint';
COMMENT ON FUNCTION platform.event_range_size() IS
  'How many numbers a partition of the event log has. Range n begins with n times so many.';

CREATE FUNCTION platform.make_event_ranges(first bigint, last bigint) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  size CONSTANT bigint := platform.event_range_size();
  parent text;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('platform.make_partitions'), 'platform.event'::regclass::oid::int);
  FOR range IN first .. last LOOP
    CONTINUE WHEN to_regclass(format('platform.event_r%s', range)) IS NOT NULL;
    -- Events that came before their range stay in the default partition. Moving them could take too long.
    CONTINUE WHEN EXISTS (SELECT FROM platform.event_default e
                           WHERE e.seq >= range * size AND e.seq < (range + 1) * size);
    FOREACH parent IN ARRAY ARRAY['event', 'event_subject'] LOOP
      EXECUTE format('CREATE TABLE platform.%I (LIKE platform.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                     parent || '_r' || range, parent);
      EXECUTE format('ALTER TABLE platform.%I ATTACH PARTITION platform.%I FOR VALUES FROM (%s) TO (%s)',
                     parent, parent || '_r' || range, range * size, (range + 1) * size);
    END LOOP;
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;
COMMENT ON FUNCTION platform.make_event_ranges(bigint, bigint) IS
  'Makes the partitions of these ranges of the event log and of its subjects, where they are missing. Returns how many '
  'ranges were new.';

ALTER TABLE platform.partitioned_table
  DROP CONSTRAINT partitioned_table_unit_is_known,
  ADD CONSTRAINT partitioned_table_unit_is_known CHECK (unit IN ('day', 'month', 'range'));
COMMENT ON COLUMN platform.partitioned_table.unit IS
  'What a partition has: the rows of a day or a month, or a range of numbers of the event log.';
UPDATE platform.partitioned_table SET unit = 'range', ahead = 3 WHERE name = 'platform.event';

-- As before, but for the ranges of the event log, too.
CREATE OR REPLACE FUNCTION platform.make_partitions(parent regclass, unit text, ahead int) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  schema_name text;
  table_name text;
  part text;
  low timestamptz;
  high timestamptz;
  present bigint;
  made int := 0;
BEGIN
  IF unit = 'range' THEN
    SELECT last_value / platform.event_range_size() INTO present FROM platform.event_seq;
    RETURN platform.make_event_ranges(present, present + ahead);
  END IF;
  IF unit NOT IN ('day', 'month') THEN
    RAISE EXCEPTION 'a partition lasts a day or a month, or is a range, not a %', unit;
  END IF;
  SELECT n.nspname, c.relname INTO schema_name, table_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = parent;
  PERFORM pg_advisory_xact_lock(hashtext('platform.make_partitions'), parent::oid::int);
  FOR step IN 0 .. ahead LOOP
    low := (date_trunc(unit, now() AT TIME ZONE 'UTC') + step * ('1 ' || unit)::interval) AT TIME ZONE 'UTC';
    high := (date_trunc(unit, now() AT TIME ZONE 'UTC') + (step + 1) * ('1 ' || unit)::interval) AT TIME ZONE 'UTC';
    part := table_name || to_char(low AT TIME ZONE 'UTC', CASE unit WHEN 'day' THEN '_YYYYMMDD' ELSE '_YYYYMM' END);
    CONTINUE WHEN to_regclass(format('%I.%I', schema_name, part)) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', schema_name, part, parent);
    -- Rows that came while the partition was missing wait in the default one.
    EXECUTE format('ALTER TABLE %I.%I DISABLE TRIGGER USER', schema_name, table_name || '_default');
    EXECUTE format('WITH moved AS (DELETE FROM %I.%I WHERE at >= %L AND at < %L RETURNING *)
                    INSERT INTO %I.%I SELECT * FROM moved',
                   schema_name, table_name || '_default', low, high, schema_name, part);
    EXECUTE format('ALTER TABLE %I.%I ENABLE TRIGGER USER', schema_name, table_name || '_default');
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, schema_name, part, low, high);
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;

-- Retention. A busy shop's events leave by whole ranges. Those of a shop that does not fill a range leave one by one.

CREATE OR REPLACE FUNCTION platform.drop_old_events(keep interval) RETURNS int
LANGUAGE plpgsql
-- A lock on the whole log is not worth a long wait, because all writers wait behind it.
SET lock_timeout = '1s'
AS $$
DECLARE
  size CONSTANT bigint := platform.event_range_size();
  deleted_max CONSTANT int := 50000;
  oldest CONSTANT timestamptz := now() - keep;
  part record;
  newest record;
  passed bigint;
  cut bigint := 0;
  reached bigint;
  dropped int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('platform.make_partitions'), 'platform.event'::regclass::oid::int);
  SELECT last_value INTO passed FROM platform.event_seq;
  FOR part IN
    SELECT substr(c.relname, length('event_r') + 1)::bigint AS range
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'platform.event'::regclass AND c.relname ~ '^event_r[0-9]+$'
     ORDER BY 1
  LOOP
    EXIT WHEN (part.range + 1) * size > passed;
    EXECUTE format('SELECT seq, at FROM platform.event_r%s ORDER BY seq DESC LIMIT 1', part.range) INTO newest;
    CONTINUE WHEN newest.seq IS NULL;
    EXIT WHEN newest.at >= oldest;
    cut := newest.seq;
  END LOOP;
  FOR part IN
    SELECT c.relname, i.inhparent = 'platform.event'::regclass AS is_log
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent IN ('platform.event'::regclass, 'platform.event_subject'::regclass)
       AND c.relname ~ '_r[0-9]+$' AND substring(c.relname FROM '_r([0-9]+)$')::bigint <= cut / size AND cut > 0
     ORDER BY c.relname
  LOOP
    EXECUTE format('DROP TABLE platform.%I', part.relname);
    dropped := dropped + part.is_log::int;
  END LOOP;
  SELECT max(e.seq) INTO reached
    FROM (SELECT o.seq, bool_and(o.at < oldest) OVER (ORDER BY o.seq) AS is_old
            FROM (SELECT seq, at FROM platform.event ORDER BY seq LIMIT deleted_max) o) e
   WHERE e.is_old;
  reached := greatest(cut, reached);
  UPDATE platform.event_log SET floor_seq = reached WHERE floor_seq < reached;
  DELETE FROM platform.event_subject WHERE seq <= reached;
  DELETE FROM platform.event WHERE seq <= reached;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION platform.drop_old_events(interval) IS
  'Deletes the events that are older than this, whole ranges where it can, and remembers up to where. Returns how many '
  'ranges were dropped. What is left after a bounded number of deletions, the next run deletes.';

-- The log as it was.

SELECT platform.make_event_ranges(
         (SELECT coalesce(min(seq), s.last_value) FROM platform.event_by_time) / platform.event_range_size(),
         s.last_value / platform.event_range_size() + 3)
  FROM platform.event_seq s;

INSERT INTO platform.event (xid, seq, topic, key, type, subjects, payload, at)
SELECT xid, seq, topic, key, type, subjects, payload, at FROM platform.event_by_time ORDER BY seq;

INSERT INTO platform.event_subject (subject, topic, seq)
SELECT DISTINCT s.subject, e.topic, e.seq FROM platform.event_by_time e, unnest(e.subjects) AS s (subject);

DROP TABLE platform.event_by_time;

-- From now on.

CREATE FUNCTION platform.index_events() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO platform.event_subject (subject, topic, seq)
  SELECT DISTINCT s.subject, e.topic, e.seq FROM appended e, unnest(e.subjects) AS s (subject);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION platform.index_events() IS 'Notes what each new event concerns.';

CREATE TRIGGER event_is_indexed AFTER INSERT ON platform.event
  REFERENCING NEW TABLE AS appended
  FOR EACH STATEMENT EXECUTE FUNCTION platform.index_events();

-- Reading.

CREATE FUNCTION platform.events_after(after bigint, up_to bigint, at_most int) RETURNS SETOF platform.event
LANGUAGE plpgsql STABLE
-- As below: without statistics of a new range, the planner would sort all of it.
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
BEGIN
  RETURN QUERY
  SELECT e.* FROM platform.event e WHERE e.seq > after AND e.seq <= up_to ORDER BY e.seq LIMIT at_most;
END
$$;
COMMENT ON FUNCTION platform.events_after(bigint, bigint, int) IS
  'The first events, at most so many, that have a number after one and up to another; in order.';

CREATE FUNCTION platform.events_concerning(topic text, subjects uuid[], after bigint, up_to bigint, at_most int)
RETURNS SETOF platform.event
LANGUAGE plpgsql STABLE
-- Where the planner knows no values, it may expect few rows, and sort all of a subject's instead of reading the first.
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT e.*
    FROM (SELECT DISTINCT one.seq
            FROM unnest(events_concerning.subjects) AS s (id)
           CROSS JOIN LATERAL (SELECT i.seq
                                 FROM platform.event_subject i
                                WHERE i.subject = s.id AND i.topic = events_concerning.topic
                                  AND i.seq > after AND i.seq <= up_to
                                ORDER BY i.seq
                                LIMIT at_most) one
           ORDER BY one.seq
           LIMIT at_most) found
   CROSS JOIN LATERAL (SELECT * FROM platform.event o WHERE o.seq = found.seq LIMIT 1) e
   ORDER BY e.seq;
END
$$;
COMMENT ON FUNCTION platform.events_concerning(text, uuid[], bigint, bigint, int) IS
  'The first events of a topic, at most so many, that concern any of the subjects and have a number after one and up '
  'to another; in order. What it reads does not depend on the length of the log.';

-- A restored dump is another log: its table and its database have other oids than those that were dumped. Both stay as
-- they are in a replica, in a backup of the files, and after pg_upgrade.

CREATE FUNCTION platform.event_log_place() RETURNS bigint
LANGUAGE sql STABLE
AS $$
  SELECT 'platform.event_log'::regclass::oid::bigint << 32 | d.oid::bigint
    FROM pg_database d WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION platform.event_log_place() IS 'The oids of the table platform.event_log and of its database.';

ALTER TABLE platform.event_log ADD COLUMN place bigint;
UPDATE platform.event_log SET place = platform.event_log_place();
ALTER TABLE platform.event_log ALTER COLUMN place SET NOT NULL;
COMMENT ON COLUMN platform.event_log.place IS
  'Its place when the log began. In a restored dump, it has another place, and so the log is another.';
