-- What makes the shop's memory trustworthy: keys for secrets, remembered answers, the audit log.

-- Keys. Secrets stand in the database sealed (AES-256-GCM) with one of these, which stand here wrapped with a master
-- key that the database never sees.

CREATE TABLE platform.data_key (
  id text NOT NULL,
  purpose text NOT NULL,
  wrapped bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT data_key_pkey PRIMARY KEY (id),
  CONSTRAINT data_key_id_is_hexadecimal CHECK (id ~ '^[0-9a-f]{16}$'),
  CONSTRAINT data_key_purpose_is_known CHECK (purpose IN ('sealing', 'indexing')),
  CONSTRAINT data_key_is_wrapped CHECK (octet_length(wrapped) = 69)
);
COMMENT ON TABLE platform.data_key IS 'The keys that secrets are sealed with. None is ever deleted: see docs/decisions/sealed-secrets.md.';
COMMENT ON COLUMN platform.data_key.id IS 'Follows from the key; sealed values begin with it.';
COMMENT ON COLUMN platform.data_key.purpose IS 'sealing: the youngest seals, all open. indexing: finds sealed values; there is one.';
COMMENT ON COLUMN platform.data_key.wrapped IS 'The key, sealed with a master key.';
COMMENT ON COLUMN platform.data_key.made_at IS 'When it was made.';
CREATE UNIQUE INDEX data_key_one_for_indexing ON platform.data_key (purpose) WHERE purpose = 'indexing';

-- Remembered requests: an id is a caller's and a method's own, and answers that hold secrets are sealed.

ALTER TABLE platform.request DROP CONSTRAINT request_pkey;
ALTER TABLE platform.request ADD CONSTRAINT request_pkey PRIMARY KEY (caller, method, id);
ALTER TABLE platform.request ALTER COLUMN response DROP NOT NULL;
ALTER TABLE platform.request ADD COLUMN sealed bytea;
COMMENT ON COLUMN platform.request.fingerprint IS
  'Keyed hash of the request: tells a retry from another request under the same id.';
COMMENT ON COLUMN platform.request.response IS
  'The answer, in the JSON form of its message; null while its transaction runs, and when it is sealed.';
COMMENT ON COLUMN platform.request.sealed IS 'The encoded answer, sealed, where it holds what must not stand here.';
COMMENT ON COLUMN platform.request.at IS 'When it was carried out; forgotten after 24 hours.';

-- The audit log. Entries form chains: each has the hash of the one before it in its own. A transaction takes the chain
-- that follows from its number, so writers seldom wait for one another; see docs/decisions/audit-log.md.

CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Who did what: only appended to, and chained so that a change shows.';

CREATE TABLE audit.chain (
  number smallint NOT NULL,
  length bigint NOT NULL DEFAULT 0,
  hash bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000',
  floor_length bigint NOT NULL DEFAULT 0,
  floor_hash bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000',
  CONSTRAINT chain_pkey PRIMARY KEY (number),
  CONSTRAINT chain_number_in_range CHECK (number BETWEEN 0 AND 63),
  CONSTRAINT chain_hash_is_sha256 CHECK (octet_length(hash) = 32 AND octet_length(floor_hash) = 32),
  CONSTRAINT chain_floor_below_length CHECK (floor_length BETWEEN 0 AND length)
) WITH (fillfactor = 10);
COMMENT ON TABLE audit.chain IS 'The ends of the chains. Its page keeps room: the rows change with every entry.';
COMMENT ON COLUMN audit.chain.number IS 'Which chain: 0 to 63.';
COMMENT ON COLUMN audit.chain.length IS 'How many entries it has had: the number of the last one.';
COMMENT ON COLUMN audit.chain.hash IS 'The hash of the last entry; zeros before the first.';
COMMENT ON COLUMN audit.chain.floor_length IS 'The number of the last entry that retention has taken away.';
COMMENT ON COLUMN audit.chain.floor_hash IS 'Its hash: what is left begins behind it.';
INSERT INTO audit.chain (number) SELECT generate_series(0, 63);

CREATE TABLE audit.entry (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  chain smallint NOT NULL DEFAULT -1,
  seq bigint NOT NULL DEFAULT -1,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind text NOT NULL,
  actor_id text,
  session_id text,
  method text NOT NULL,
  action text NOT NULL,
  resource_type text NOT NULL,
  resource_id text NOT NULL,
  request_id text,
  peer text,
  before json,
  after json,
  previous_hash bytea NOT NULL DEFAULT '',
  hash bytea NOT NULL DEFAULT '',
  CONSTRAINT entry_pkey PRIMARY KEY (id, at),
  CONSTRAINT entry_actor_kind_is_known CHECK (
    actor_kind IN ('anonymous', 'user', 'service', 'certificate', 'operator', 'system')),
  CONSTRAINT entry_texts_are_short CHECK (
    length(method) <= 200 AND length(action) BETWEEN 1 AND 100 AND length(resource_type) BETWEEN 1 AND 200
    AND length(resource_id) BETWEEN 1 AND 200 AND length(actor_id) <= 200 AND length(peer) <= 200
    AND length(session_id) <= 64 AND length(request_id) <= 64),
  CONSTRAINT entry_states_are_bounded CHECK (
    octet_length(before::text) <= 65536 AND octet_length(after::text) <= 65536)
) PARTITION BY RANGE (at);
COMMENT ON TABLE audit.entry IS 'One privileged action. Kept for 7 years.';
COMMENT ON COLUMN audit.entry.id IS 'UUID of version 7.';
COMMENT ON COLUMN audit.entry.chain IS 'The chain that it belongs to; given by the database.';
COMMENT ON COLUMN audit.entry.seq IS 'Its number in the chain, without gaps from 1; given by the database.';
COMMENT ON COLUMN audit.entry.at IS 'When it was written; names its partition.';
COMMENT ON COLUMN audit.entry.actor_kind IS 'How the actor had proved who it is; operator: on the command line; system: by itself.';
COMMENT ON COLUMN audit.entry.actor_id IS 'The account, key or certificate; null for guests.';
COMMENT ON COLUMN audit.entry.session_id IS 'The actor''s session, if it has one.';
COMMENT ON COLUMN audit.entry.method IS 'Full name of the RPC, or the command.';
COMMENT ON COLUMN audit.entry.action IS 'What was done: inventory.stock.adjust.';
COMMENT ON COLUMN audit.entry.resource_type IS 'What it was done to: the full name of its message.';
COMMENT ON COLUMN audit.entry.resource_id IS 'Which one.';
COMMENT ON COLUMN audit.entry.request_id IS 'The request_id of the call, if it had one.';
COMMENT ON COLUMN audit.entry.peer IS 'Where the call came from.';
COMMENT ON COLUMN audit.entry.before IS 'What it was; null for what is new. As written, never rewritten: json, not jsonb.';
COMMENT ON COLUMN audit.entry.after IS 'What it became; null for what is gone.';
COMMENT ON COLUMN audit.entry.previous_hash IS 'The hash of the entry before it in its chain.';
COMMENT ON COLUMN audit.entry.hash IS 'SHA-256 of previous_hash and all columns before it; see audit.canonical.';
CREATE INDEX entry_of_chain ON audit.entry (chain, seq);
CREATE INDEX entry_by_time ON audit.entry (at DESC, id DESC);
CREATE INDEX entry_of_resource ON audit.entry (resource_type, resource_id, at DESC, id DESC);
CREATE INDEX entry_of_actor ON audit.entry (actor_id, at DESC, id DESC);

CREATE TABLE audit.entry_default PARTITION OF audit.entry DEFAULT;
COMMENT ON TABLE audit.entry_default IS 'Catches entries whose month has no partition yet.';

CREATE FUNCTION audit.canonical(e audit.entry) RETURNS bytea
LANGUAGE sql STABLE
AS $$
  -- Each column's text behind its length in bytes, 4 bytes; -1 for null. `fastshop audit verify` does the same itself.
  SELECT string_agg(
           CASE WHEN t.value IS NULL THEN '\xffffffff'::bytea
                ELSE int4send(octet_length(t.value)) || convert_to(t.value, 'UTF8') END,
           ''::bytea ORDER BY t.place)
    FROM unnest(ARRAY[
           e.id::text, e.chain::text, e.seq::text,
           to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           e.actor_kind, e.actor_id, e.session_id, e.method, e.action, e.resource_type, e.resource_id, e.request_id,
           e.peer, e.before::text, e.after::text]) WITH ORDINALITY t (value, place)
$$;
COMMENT ON FUNCTION audit.canonical(audit.entry) IS 'What is hashed of an entry, behind the hash of the one before it.';

CREATE FUNCTION audit.append() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  head audit.chain;
BEGIN
  -- Locks the end of the chain until the transaction ends: the next entry must know this one's hash.
  SELECT * INTO STRICT head
    FROM audit.chain
   WHERE number = (pg_current_xact_id()::text::numeric % 64)::smallint
     FOR UPDATE;
  NEW.chain := head.number;
  NEW.seq := head.length + 1;
  NEW.previous_hash := head.hash;
  NEW.hash := sha256(head.hash || audit.canonical(NEW));
  UPDATE audit.chain SET length = NEW.seq, hash = NEW.hash WHERE number = head.number;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION audit.append() IS 'Puts a new entry at the end of its transaction''s chain.';

CREATE TRIGGER entry_is_chained BEFORE INSERT ON audit.entry
  FOR EACH ROW EXECUTE FUNCTION audit.append();

CREATE FUNCTION audit.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'audit.entry is only appended to' USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION audit.refuse_change() IS 'Keeps the audit log append-only.';

CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON audit.entry
  FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER entry_is_never_emptied BEFORE TRUNCATE ON audit.entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE FUNCTION audit.drop_old_entries(keep interval) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  part record;
  dropped int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('platform.make_partitions'), 'audit.entry'::regclass::oid::int);
  FOR part IN
    SELECT c.relname
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'audit.entry'::regclass
       AND c.relname ~ '^entry_[0-9]{6}$'
       AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= (now() - keep) AT TIME ZONE 'UTC'
     ORDER BY c.relname
  LOOP
    EXECUTE format(
      'UPDATE audit.chain c
          SET floor_length = last.seq, floor_hash = last.hash
         FROM (SELECT DISTINCT ON (chain) chain, seq, hash FROM audit.%I ORDER BY chain, seq DESC) last
        WHERE c.number = last.chain AND c.floor_length < last.seq', part.relname);
    EXECUTE format('DROP TABLE audit.%I', part.relname);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION audit.drop_old_entries(interval) IS
  'Drops the months of the audit log that ended longer ago than this, and remembers where what is left begins. Returns '
  'how many.';

-- As before, but for tables whose rows may not be deleted: what waits in the default partition is moved all the same.

CREATE OR REPLACE FUNCTION platform.make_partitions(parent regclass, unit text, ahead int) RETURNS int
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

INSERT INTO platform.partitioned_table VALUES ('audit.entry', 'month', 12);
SELECT platform.make_partitions('audit.entry', 'month', 12);
