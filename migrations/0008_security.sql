-- What those who guard the platform should know, and who has to wait before the next log-in.

CREATE SCHEMA security;
COMMENT ON SCHEMA security IS 'Security events, and who has to wait before the next log-in.';

CREATE TABLE security.event (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  kind text NOT NULL,
  user_id uuid,
  address text NOT NULL DEFAULT '',
  device text NOT NULL DEFAULT '',
  detail text NOT NULL DEFAULT '',
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT event_pkey PRIMARY KEY (id, at),
  CONSTRAINT event_kind_is_known CHECK (
    kind IN ('login_failed', 'locked_out', 'refresh_reused', 'new_device', 'privilege_changed')),
  CONSTRAINT event_address_is_short CHECK (length(address) <= 100),
  CONSTRAINT event_device_is_short CHECK (length(device) <= 200),
  CONSTRAINT event_detail_is_short CHECK (length(detail) <= 500)
) PARTITION BY RANGE (at);
COMMENT ON TABLE security.event IS 'What happened, written by the transaction in which it did. Only appended to.';
COMMENT ON COLUMN security.event.id IS 'UUID of version 7.';
COMMENT ON COLUMN security.event.kind IS 'What happened: the API''s SecurityEventKind in lower case.';
COMMENT ON COLUMN security.event.user_id IS 'The account that it is about; null when there is none.';
COMMENT ON COLUMN security.event.address IS 'Where the call came from; empty when nobody knows.';
COMMENT ON COLUMN security.event.device IS 'What the caller calls its device.';
COMMENT ON COLUMN security.event.detail IS 'More about it, for people. No secret.';
COMMENT ON COLUMN security.event.at IS 'When its transaction began; names its partition.';
CREATE INDEX event_by_time ON security.event (at, id);
CREATE INDEX event_of_user ON security.event (user_id, at, id);

CREATE TABLE security.event_default PARTITION OF security.event DEFAULT;
COMMENT ON TABLE security.event_default IS 'Catches events whose month has no partition yet.';

INSERT INTO platform.partitioned_table VALUES ('security.event', 'month', 3);
SELECT platform.make_partitions('security.event', 'month', 3);

CREATE FUNCTION security.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'security.event is only appended to' USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION security.refuse_change() IS 'Keeps security events as they were written.';

CREATE TRIGGER event_is_append_only BEFORE UPDATE ON security.event
  FOR EACH ROW EXECUTE FUNCTION security.refuse_change();

CREATE FUNCTION security.drop_old_events(keep interval) RETURNS int
LANGUAGE plpgsql
AS $$
DECLARE
  part record;
  dropped int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('platform.make_partitions'), 'security.event'::regclass::oid::int);
  FOR part IN
    SELECT c.relname
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'security.event'::regclass
       AND c.relname ~ '^event_[0-9]{6}$'
       AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= (now() - keep) AT TIME ZONE 'UTC'
     ORDER BY c.relname
  LOOP
    EXECUTE format('DROP TABLE security.%I', part.relname);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION security.drop_old_events(interval) IS
  'Drops the months of security events that ended longer ago than this. Returns how many.';

CREATE TABLE security.failure (
  subject text NOT NULL,
  key bytea NOT NULL,
  count bigint NOT NULL DEFAULT 0,
  last_at timestamptz NOT NULL DEFAULT now(),
  locked_until timestamptz,
  CONSTRAINT failure_pkey PRIMARY KEY (subject, key),
  CONSTRAINT failure_subject_is_known CHECK (subject IN ('account', 'address')),
  CONSTRAINT failure_key_is_a_hash CHECK (octet_length(key) = 32),
  CONSTRAINT failure_count_not_negative CHECK (count >= 0)
) WITH (fillfactor = 70);
COMMENT ON TABLE security.failure IS
  'Log-ins that failed, by account and by address. Accounts that do not exist are counted like those that do.';
COMMENT ON COLUMN security.failure.subject IS 'What is counted: account or address.';
COMMENT ON COLUMN security.failure.key IS 'SHA-256 of the account''s e-mail address, or of the IP address (of IPv6, its first 64 bits).';
COMMENT ON COLUMN security.failure.count IS 'How many since the last success, or since a day without any.';
COMMENT ON COLUMN security.failure.last_at IS 'When the last one failed; forgotten after some days.';
COMMENT ON COLUMN security.failure.locked_until IS 'Nobody may try before; null for at once.';
CREATE INDEX failure_by_age ON security.failure (last_at);
