-- Entries of the audit log carry a MAC of a key that the database does not have, are written in order of time, and may
-- only be dropped behind a place that a server has signed; see docs/decisions/audit-log.md.

ALTER TABLE audit.entry ADD COLUMN mac bytea;
COMMENT ON COLUMN audit.entry.mac IS
  'Format (1), what the server knew (1), the key''s id (8), HMAC-SHA-256 of hash (32). Inserted with the two padded '
  'blocks (64 each) of the entry''s own key in place of the HMAC. Null for entries of earlier releases.';

ALTER TABLE audit.chain ADD COLUMN at timestamptz NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN audit.chain.at IS 'When the last entry was written: the next one is not older.';
UPDATE audit.chain c
   SET at = last.at
  FROM audit.entry last
 WHERE last.chain = c.number AND last.seq = c.length;

CREATE TABLE audit.signed_place (
  kind text NOT NULL,
  chain smallint NOT NULL,
  length bigint NOT NULL,
  hash bytea NOT NULL,
  at timestamptz NOT NULL,
  mac bytea NOT NULL,
  CONSTRAINT signed_place_pkey PRIMARY KEY (kind, chain),
  CONSTRAINT signed_place_kind_is_known CHECK (kind IN ('boundary', 'floor')),
  CONSTRAINT signed_place_chain_in_range CHECK (chain BETWEEN 0 AND 63)
);
COMMENT ON TABLE audit.signed_place IS 'Places of chains that a server has signed with a key that the database lacks.';
COMMENT ON COLUMN audit.signed_place.kind IS
  'boundary: up to it entries may lack a MAC; floor: up to it retention has taken entries away.';
COMMENT ON COLUMN audit.signed_place.chain IS 'Which chain: 0 to 63.';
COMMENT ON COLUMN audit.signed_place.length IS 'The number of the entry at the place; 0 for the chain''s beginning.';
COMMENT ON COLUMN audit.signed_place.hash IS 'Its hash; zeros at the beginning.';
COMMENT ON COLUMN audit.signed_place.at IS 'Of a boundary: when it was set. Of a floor: when its entry was written.';
COMMENT ON COLUMN audit.signed_place.mac IS 'Format (1), the key''s id (8), HMAC-SHA-256 of all columns (32).';

CREATE FUNCTION audit.next_time() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  last timestamptz;
BEGIN
  -- Locks the chain before the clock is read, so that time and number have the same order.
  SELECT c.at INTO last
    FROM audit.chain c
   WHERE c.number = (pg_current_xact_id()::text::numeric % 64)::smallint
     FOR UPDATE;
  -- A clock that was ahead by more is not waited for: the entries' times would stand still for as long.
  IF last BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 hour' THEN
    RETURN last;
  END IF;
  RETURN clock_timestamp();
END
$$;
COMMENT ON FUNCTION audit.next_time() IS
  'The time of an entry that is about to be written: the clock''s, or that of the entry before it in the chain when '
  'the clock has gone back by an hour at most.';

-- Before the row, because a trigger may not move it to another partition.
ALTER TABLE audit.entry ALTER COLUMN at SET DEFAULT audit.next_time();

CREATE OR REPLACE FUNCTION audit.append() RETURNS trigger
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
  IF abs(extract(epoch FROM NEW.at - clock_timestamp())) > 60 AND NEW.at <> head.at THEN
    RAISE EXCEPTION 'an entry''s time is given by the database' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.chain := head.number;
  NEW.seq := head.length + 1;
  NEW.previous_hash := head.hash;
  NEW.hash := sha256(head.hash || audit.canonical(NEW));
  IF NEW.mac IS NOT NULL THEN
    IF octet_length(NEW.mac) <> 138 THEN
      RAISE EXCEPTION 'an entry comes with its key' USING ERRCODE = 'restrict_violation';
    END IF;
    -- HMAC-SHA-256: the server has padded the entry's own key for both rounds.
    NEW.mac := substr(NEW.mac, 1, 10)
      || sha256(substr(NEW.mac, 75, 64) || sha256(substr(NEW.mac, 11, 64) || NEW.hash));
  END IF;
  UPDATE audit.chain SET length = NEW.seq, hash = NEW.hash, at = NEW.at WHERE number = head.number;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION audit.append() IS 'Puts a new entry at the end of its transaction''s chain, and completes its MAC.';

-- Servers of earlier releases call it while they still run: they cannot sign where what is left begins.
CREATE OR REPLACE FUNCTION audit.drop_old_entries(keep interval) RETURNS int
LANGUAGE sql
AS $$ SELECT 0 $$;
COMMENT ON FUNCTION audit.drop_old_entries(interval) IS 'Does nothing: servers drop months by audit.drop_month.';

CREATE FUNCTION audit.old_months(before timestamptz) RETURNS TABLE (month text, low timestamptz, high timestamptz)
LANGUAGE sql STABLE
AS $$
  SELECT m.month, m.low AT TIME ZONE 'UTC', (m.low + interval '1 month') AT TIME ZONE 'UTC'
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
   CROSS JOIN LATERAL (
     SELECT right(c.relname, 6),
            CASE WHEN c.relname ~ '^entry_[0-9]{4}(0[1-9]|1[0-2])$'
                 THEN to_date(right(c.relname, 6), 'YYYYMM')::timestamp END) m (month, low)
   WHERE i.inhparent = 'audit.entry'::regclass
     AND (m.low + interval '1 month') AT TIME ZONE 'UTC' <= before
   ORDER BY m.month
$$;
COMMENT ON FUNCTION audit.old_months(timestamptz) IS
  'The months of the audit log that ended before this, the oldest first.';

CREATE FUNCTION audit.drop_month(month text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  IF month !~ '^[0-9]{6}$' THEN
    RAISE EXCEPTION 'no month: %', month;
  END IF;
  -- The floors begin where signatures say.
  UPDATE audit.chain c
     SET floor_length = p.length, floor_hash = p.hash
    FROM audit.signed_place p
   WHERE p.kind = 'floor' AND p.chain = c.number AND c.floor_length < p.length;
  EXECUTE format('DROP TABLE audit.%I', 'entry_' || month);
END
$$;
COMMENT ON FUNCTION audit.drop_month(text) IS
  'Drops a month (YYYYMM) of the audit log, and remembers where what is left begins: at the floors that a server has '
  'signed.';
