-- fastshop: compatible
-- What old events concern is deleted by its key, which the events name: there is no index by number, and a range of the
-- log has tens of millions of subjects.

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
  DELETE FROM platform.event_subject s
   USING (SELECT unnest(e.subjects) AS subject, e.topic COLLATE "C" AS topic, e.seq
            FROM platform.event e
           WHERE e.seq <= reached) gone
   WHERE s.subject = gone.subject AND s.topic = gone.topic AND s.seq = gone.seq;
  DELETE FROM platform.event WHERE seq <= reached;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION platform.drop_old_events(interval) IS
  'Deletes the events that are older than this, whole ranges where it can, and remembers up to where. Returns how many '
  'ranges were dropped. What is left after a bounded number of deletions, the next run deletes.';
