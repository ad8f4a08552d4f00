-- What every room of the shop stands on: identifiers, the event log, remembered requests.

CREATE SCHEMA platform;
COMMENT ON SCHEMA platform IS 'What every room uses: identifiers, the event log, remembered requests.';

CREATE FUNCTION platform.uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  -- A random UUID of version 4 whose first 48 bits become milliseconds since 1970, and whose version becomes 7.
  SELECT encode(
           set_bit(
             set_bit(
               overlay(uuid_send(gen_random_uuid())
                       PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                       FROM 1 FOR 6),
               52, 1),
             53, 1),
           'hex')::uuid
$$;
COMMENT ON FUNCTION platform.uuid_v7() IS
  'A new UUID of version 7: its order is the order of making, to the millisecond.';

-- Partitions. Growing tables are parted by time from the start, so that old rows leave by DROP TABLE.

CREATE FUNCTION platform.make_partitions(parent regclass, unit text, ahead int) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  schema_name text;
  table_name text;
  part text;
  low timestamptz;
  high timestamptz;
  made int := 0;
BEGIN
  IF unit NOT IN ('day', 'month') THEN
    RAISE EXCEPTION 'a partition lasts a day or a month, not a %', unit;
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
    EXECUTE format('WITH moved AS (DELETE FROM %I.%I WHERE at >= %L AND at < %L RETURNING *)
                    INSERT INTO %I.%I SELECT * FROM moved',
                   schema_name, table_name || '_default', low, high, schema_name, part);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, schema_name, part, low, high);
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;
COMMENT ON FUNCTION platform.make_partitions(regclass, text, int) IS
  'Makes the partitions of a table parted by its column "at": the present day or month and so many ahead. Returns '
  'how many were new. Run at start and daily.';

CREATE TABLE platform.partitioned_table (
  name text NOT NULL,
  unit text NOT NULL,
  ahead int NOT NULL,
  CONSTRAINT partitioned_table_pkey PRIMARY KEY (name),
  CONSTRAINT partitioned_table_unit_is_known CHECK (unit IN ('day', 'month')),
  CONSTRAINT partitioned_table_is_made_ahead CHECK (ahead BETWEEN 1 AND 60)
);
COMMENT ON TABLE platform.partitioned_table IS 'The tables that need new partitions from time to time.';
COMMENT ON COLUMN platform.partitioned_table.name IS 'The table, with its schema.';
COMMENT ON COLUMN platform.partitioned_table.unit IS 'How long a partition lasts.';
COMMENT ON COLUMN platform.partitioned_table.ahead IS 'How many there are always to be beyond the present one.';

-- The event log. Whoever changes state appends here, in the same transaction.

CREATE SEQUENCE platform.event_seq CACHE 1;
COMMENT ON SEQUENCE platform.event_seq IS
  'Numbers events. Taken while the writer holds the lock on the row it changed, so per key the numbers follow the '
  'changes.';

CREATE TABLE platform.event (
  -- Before seq on purpose: defaults are computed in this order, so whoever holds a number already has its xid.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint NOT NULL DEFAULT nextval('platform.event_seq'),
  topic text NOT NULL,
  key uuid NOT NULL,
  type text NOT NULL,
  subjects uuid[] NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT event_pkey PRIMARY KEY (seq, at),
  CONSTRAINT event_topic_is_short CHECK (length(topic) BETWEEN 1 AND 63),
  CONSTRAINT event_type_is_short CHECK (length(type) BETWEEN 1 AND 63)
) PARTITION BY RANGE (at);
COMMENT ON TABLE platform.event IS
  'Everything that happened, appended by the transaction that did it. Readers go by seq; see '
  'docs/decisions/one-event-log.md.';
COMMENT ON COLUMN platform.event.xid IS
  'The transaction that wrote it: tells whether a snapshot already saw its effects.';
COMMENT ON COLUMN platform.event.seq IS
  'Its number. Commits may come in another order; a missing number may still appear.';
COMMENT ON COLUMN platform.event.topic IS 'The stream it belongs to: inventory.stock.';
COMMENT ON COLUMN platform.event.key IS 'What changed: the aggregate whose events keep their order.';
COMMENT ON COLUMN platform.event.type IS 'What happened to it: adjusted.';
COMMENT ON COLUMN platform.event.subjects IS
  'Everything it concerns, by id, key included: subscribers select by any of these.';
COMMENT ON COLUMN platform.event.payload IS 'What subscribers are told, in the JSON form of their message.';
COMMENT ON COLUMN platform.event.at IS 'When its transaction began; names its partition.';

CREATE TABLE platform.event_default PARTITION OF platform.event DEFAULT;
COMMENT ON TABLE platform.event_default IS 'Catches events whose day has no partition yet.';

CREATE TABLE platform.event_log (
  singleton boolean NOT NULL DEFAULT true,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  floor_seq bigint NOT NULL DEFAULT 0,
  CONSTRAINT event_log_pkey PRIMARY KEY (singleton),
  CONSTRAINT event_log_has_one_row CHECK (singleton),
  CONSTRAINT event_log_floor_not_negative CHECK (floor_seq >= 0)
);
COMMENT ON TABLE platform.event_log IS 'What is known about the log as a whole, in its one row.';
COMMENT ON COLUMN platform.event_log.singleton IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN platform.event_log.id IS 'Which log this is: a cursor of another database is refused.';
COMMENT ON COLUMN platform.event_log.floor_seq IS
  'The highest number that retention has taken away: an older cursor is refused.';
INSERT INTO platform.event_log DEFAULT VALUES;

CREATE FUNCTION platform.drop_old_events(keep interval) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  part record;
  highest bigint;
  dropped int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('platform.make_partitions'), 'platform.event'::regclass::oid::int);
  FOR part IN
    SELECT c.relname
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'platform.event'::regclass
       AND c.relname ~ '^event_[0-9]{8}$'
       AND to_date(right(c.relname, 8), 'YYYYMMDD') < ((now() - keep) AT TIME ZONE 'UTC')::date
     ORDER BY c.relname
  LOOP
    EXECUTE format('SELECT max(seq) FROM platform.%I', part.relname) INTO highest;
    UPDATE platform.event_log SET floor_seq = greatest(floor_seq, highest);
    EXECUTE format('DROP TABLE platform.%I', part.relname);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION platform.drop_old_events(interval) IS
  'Drops the days of the event log that ended longer ago than this, and remembers up to where. Returns how many.';

INSERT INTO platform.partitioned_table VALUES ('platform.event', 'day', 7);
SELECT platform.make_partitions('platform.event', 'day', 7);

-- Remembered requests: the same request sent again gets the first answer.

CREATE TABLE platform.request (
  caller text NOT NULL,
  id uuid NOT NULL,
  method text NOT NULL,
  fingerprint bytea NOT NULL,
  response jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT request_pkey PRIMARY KEY (caller, id),
  CONSTRAINT request_fingerprint_is_sha256 CHECK (octet_length(fingerprint) = 32)
);
COMMENT ON TABLE platform.request IS
  'Requests that changed something, written by the transaction that carried them out.';
COMMENT ON COLUMN platform.request.caller IS
  'Who sent it; empty for callers without a name. Ids of two callers never meet.';
COMMENT ON COLUMN platform.request.id IS 'The request_id that the caller made up.';
COMMENT ON COLUMN platform.request.method IS
  'Full name of the RPC: fastshop.inventory.v1.InventoryService/AdjustStock.';
COMMENT ON COLUMN platform.request.fingerprint IS
  'SHA-256 of the request: tells a retry from another request under the same id.';
COMMENT ON COLUMN platform.request.response IS 'The answer, in the JSON form of its message.';
COMMENT ON COLUMN platform.request.at IS 'When it was carried out; forgotten after some days.';
CREATE INDEX request_by_age ON platform.request (at);
