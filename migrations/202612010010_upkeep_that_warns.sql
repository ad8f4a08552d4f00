-- fastshop: compatible
-- A partition that cannot be made is warned of, with a code that the program logs. The deletion of old events begins
-- where the last one ended.

ALTER TABLE platform.event_log
  ADD COLUMN deleted_seq bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT event_log_deleted_not_negative CHECK (deleted_seq >= 0);
COMMENT ON COLUMN platform.event_log.deleted_seq IS
  'No event up to this number is left: they were deleted in batches. Ranges that are dropped do not count.';

CREATE OR REPLACE FUNCTION platform.drop_old_events(keep interval) RETURNS int
LANGUAGE plpgsql
-- A lock on the whole log is not worth a long wait, because all writers wait behind it.
SET lock_timeout = '1s'
-- As in platform.events_after: by the statistics, the planner would read all events, and all that they concern.
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
  size CONSTANT bigint := platform.event_range_size();
  -- As many as Chore.batchRowsMax says.
  deleted_max CONSTANT int := 2000;
  oldest CONSTANT timestamptz := now() - keep;
  part record;
  newest record;
  passed bigint;
  deleted_up_to bigint;
  oldest_range bigint;
  lowest bigint;
  reached bigint;
  deleted int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('platform.make_partitions'), 'platform.event'::regclass::oid::int);
  SELECT last_value INTO passed FROM platform.event_seq;
  -- While an old snapshot is held, what was deleted is still in the tables and their indexes. A search that began
  -- before it would go through all of it, batch by batch.
  SELECT deleted_seq INTO deleted_up_to FROM platform.event_log;
  FOR part IN
    SELECT substr(c.relname, length('event_r') + 1)::bigint AS range
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'platform.event'::regclass AND c.relname ~ '^event_r[0-9]+$'
     ORDER BY 1
  LOOP
    EXIT WHEN (part.range + 1) * size > passed;
    -- An empty range goes before the one after it, if that is old.
    oldest_range := coalesce(oldest_range, part.range);
    EXECUTE format('SELECT seq, at FROM platform.event_r%s WHERE seq > $1 ORDER BY seq DESC LIMIT 1', part.range)
       INTO newest USING deleted_up_to;
    CONTINUE WHEN newest.seq IS NULL;
    IF newest.at < oldest THEN
      IF oldest_range = part.range THEN
        UPDATE platform.event_log SET floor_seq = newest.seq WHERE floor_seq < newest.seq;
      END IF;
      EXECUTE format('DROP TABLE platform.event_r%s', oldest_range);
      EXECUTE format('DROP TABLE IF EXISTS platform.event_subject_r%s', oldest_range);
      RETURN deleted_max;
    END IF;
    EXIT;
  END LOOP;
  SELECT min(e.seq), max(e.seq) INTO lowest, reached
    FROM (SELECT o.seq, bool_and(o.at < oldest) OVER (ORDER BY o.seq) AS is_old
            FROM (SELECT seq, at FROM platform.event WHERE seq > deleted_up_to ORDER BY seq LIMIT deleted_max) o) e
   WHERE e.is_old;
  UPDATE platform.event_log
     SET floor_seq = greatest(floor_seq, reached), deleted_seq = reached
   WHERE deleted_seq < reached;
  DELETE FROM platform.event_subject s
   USING (SELECT unnest(e.subjects) AS subject, e.topic COLLATE "C" AS topic, e.seq
            FROM platform.event e
           WHERE e.seq BETWEEN lowest AND reached) gone
   WHERE s.subject = gone.subject AND s.topic = gone.topic AND s.seq = gone.seq
     AND s.seq BETWEEN lowest AND reached;
  DELETE FROM platform.event WHERE seq BETWEEN lowest AND reached;
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END
$$;
COMMENT ON FUNCTION platform.drop_old_events(interval) IS
  'Deletes events that are older than this, and remembers up to where: a whole range if there is one, otherwise a '
  'batch. Returns how many events it deleted, and for a range the size of a batch: then there may be more.';

CREATE OR REPLACE FUNCTION platform.make_event_ranges(first bigint, last bigint) RETURNS int
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
    IF EXISTS (SELECT FROM platform.event_default e WHERE e.seq >= range * size AND e.seq < (range + 1) * size) THEN
      RAISE WARNING 'there is no partition platform.event_r%: the default partition has events of it', range
            USING ERRCODE = '01U01';
      CONTINUE;
    END IF;
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
  waiting bigint;
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
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %I.%I WHERE at >= %L AND at < %L LIMIT %s) w',
                   schema_name, table_name || '_default', low, high, platform.rows_moved_max() + 1) INTO waiting;
    IF waiting > platform.rows_moved_max() THEN
      RAISE WARNING 'there is no partition %.%: the default partition has more than % rows of it', schema_name, part,
                    platform.rows_moved_max()
            USING ERRCODE = '01U01';
      CONTINUE;
    END IF;
    EXECUTE format('CREATE TABLE %I.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', schema_name, part, parent);
    -- Rows that came while the partition was missing wait in the default one. They are moved at once or not at all: in
    -- between, readers would miss them. Too many stay there, and the other partitions are made all the same.
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
COMMENT ON FUNCTION platform.make_partitions(regclass, text, int) IS
  'Makes the partitions of a table parted by its column "at": the present day or month and so many ahead. Returns how '
  'many were new. A period of which the default partition has more than rows_moved_max() rows keeps them there, with a '
  'warning: they are read as before, but not dropped with their period.';
