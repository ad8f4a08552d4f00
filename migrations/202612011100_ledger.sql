-- fastshop: compatible
-- Accounts of money in double entry. An entry is what an account gets, or gives if it is negative. The entries of a
-- posting sum to 0 in each currency, so all accounts together always have 0.

CREATE SCHEMA ledger;

CREATE TABLE ledger.account (
  id uuid NOT NULL,
  kind text NOT NULL,
  owner_id uuid,
  currency text NOT NULL,
  floor_minor bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_pkey PRIMARY KEY (id),
  CONSTRAINT account_key UNIQUE NULLS NOT DISTINCT (kind, owner_id, currency),
  CONSTRAINT account_kind_is_a_name CHECK (kind ~ '^[a-z][a-z_]{0,62}$'),
  CONSTRAINT account_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT account_floor_is_reached_empty CHECK (floor_minor <= 0)
);
COMMENT ON TABLE ledger.account IS 'Accounts. One is opened by the first posting that names it, and kept for ever.';
COMMENT ON COLUMN ledger.account.id IS 'A UUID of version 7.';
COMMENT ON COLUMN ledger.account.kind IS 'What it is for: gift_card, store_credit, provider_clearing.';
COMMENT ON COLUMN ledger.account.owner_id IS 'Whose it is: a gift card, a user, a seller. Null for the platform''s own.';
COMMENT ON COLUMN ledger.account.currency IS 'The ISO 4217 code of all its entries.';
COMMENT ON COLUMN ledger.account.floor_minor IS
  'What its balance never goes below, in minor units; null if it may have any. Writers of an account with a floor come '
  'one after another.';
COMMENT ON COLUMN ledger.account.created_at IS 'When it was opened.';
CREATE INDEX account_of_owner ON ledger.account (owner_id, kind, currency) WHERE owner_id IS NOT NULL;

CREATE TABLE ledger.balance (
  account_id uuid NOT NULL,
  slot smallint NOT NULL,
  balance_minor bigint NOT NULL DEFAULT 0,
  floor_minor bigint,
  CONSTRAINT balance_pkey PRIMARY KEY (account_id, slot),
  CONSTRAINT balance_account_fkey FOREIGN KEY (account_id) REFERENCES ledger.account (id),
  CONSTRAINT balance_slot_is_known CHECK (slot BETWEEN 0 AND 15),
  CONSTRAINT balance_keeps_its_floor CHECK (balance_minor >= floor_minor)
) WITH (fillfactor = 50);
COMMENT ON TABLE ledger.balance IS
  'The sum of the entries of each account, in one row, or in 16 for accounts without a floor: many orders write these '
  'at the same time.';
COMMENT ON COLUMN ledger.balance.account_id IS 'The account.';
COMMENT ON COLUMN ledger.balance.slot IS 'Which of its rows this is: a posting writes the one that its id leads to.';
COMMENT ON COLUMN ledger.balance.balance_minor IS 'The sum of the entries that were written here, in minor units.';
COMMENT ON COLUMN ledger.balance.floor_minor IS 'That of the account.';

CREATE TABLE ledger.entry (
  account_id uuid NOT NULL,
  at timestamptz NOT NULL,
  posting_id uuid NOT NULL,
  amount_minor bigint NOT NULL,
  reason text NOT NULL,
  subject_id uuid,
  CONSTRAINT entry_pkey PRIMARY KEY (account_id, at, posting_id),
  CONSTRAINT entry_amount_is_not_zero CHECK (amount_minor <> 0),
  CONSTRAINT entry_reason_is_a_name CHECK (reason ~ '^[a-z][a-z_]{0,62}$')
) PARTITION BY RANGE (at);
COMMENT ON TABLE ledger.entry IS 'What each posting gives to each account. Rows are only added.';
COMMENT ON COLUMN ledger.entry.account_id IS 'The account.';
COMMENT ON COLUMN ledger.entry.at IS 'When, the same for all entries of a posting.';
COMMENT ON COLUMN ledger.entry.posting_id IS 'The posting: all entries with this id.';
COMMENT ON COLUMN ledger.entry.amount_minor IS 'What the account gets, in minor units of its currency; negative: gives.';
COMMENT ON COLUMN ledger.entry.reason IS 'Why: gift_card_issued, order_paid.';
COMMENT ON COLUMN ledger.entry.subject_id IS 'What it is about: an order, a payment. Null for nothing else.';
CREATE INDEX entry_of_posting ON ledger.entry (posting_id);
CREATE INDEX entry_of_subject ON ledger.entry (subject_id, at) WHERE subject_id IS NOT NULL;
CREATE TABLE ledger.entry_default PARTITION OF ledger.entry DEFAULT;
INSERT INTO platform.partitioned_table (name, unit, ahead) VALUES ('ledger.entry', 'month', 3);
SELECT platform.make_partitions('ledger.entry', 'month', 3);

CREATE TABLE ledger.hold (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  held_account_id uuid NOT NULL,
  amount_minor bigint NOT NULL,
  subject_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'open',
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT hold_pkey PRIMARY KEY (id),
  CONSTRAINT hold_account_fkey FOREIGN KEY (account_id) REFERENCES ledger.account (id),
  CONSTRAINT hold_held_account_fkey FOREIGN KEY (held_account_id) REFERENCES ledger.account (id),
  CONSTRAINT hold_amount_is_positive CHECK (amount_minor > 0),
  CONSTRAINT hold_state_is_known CHECK (state IN ('open', 'captured', 'released', 'expired')),
  CONSTRAINT hold_has_ended CHECK ((state = 'open') = (ended_at IS NULL))
);
COMMENT ON TABLE ledger.hold IS
  'Amounts that are set aside for an order until it is paid or fails. They are on an account of the kind with _held.';
COMMENT ON COLUMN ledger.hold.id IS 'A UUID of version 7; also the id of the posting that set the amount aside.';
COMMENT ON COLUMN ledger.hold.account_id IS 'The account that the amount is from.';
COMMENT ON COLUMN ledger.hold.held_account_id IS 'The account that it is on while it is held.';
COMMENT ON COLUMN ledger.hold.amount_minor IS 'How much, in minor units.';
COMMENT ON COLUMN ledger.hold.subject_id IS 'What it is for: an order.';
COMMENT ON COLUMN ledger.hold.state IS 'open, or how it ended.';
COMMENT ON COLUMN ledger.hold.expires_at IS 'When it is given back if nothing else happens.';
COMMENT ON COLUMN ledger.hold.created_at IS 'When it was set aside.';
COMMENT ON COLUMN ledger.hold.ended_at IS 'When it ended; null while it is open.';
CREATE INDEX hold_that_expires ON ledger.hold (expires_at) WHERE state = 'open';
CREATE INDEX hold_of_account ON ledger.hold (account_id, id) WHERE state = 'open';
CREATE INDEX hold_of_subject ON ledger.hold (subject_id);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'ledger.entry is only appended to' USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION ledger.refuse_change() IS 'Refuses to change or delete what was written.';
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON ledger.entry
  FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE FUNCTION ledger.slot(posting uuid, floor_minor bigint) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT (CASE WHEN floor_minor IS NULL THEN hashtextextended(posting::text, 0) & 15 ELSE 0 END)::smallint
$$;
COMMENT ON FUNCTION ledger.slot(uuid, bigint) IS 'The row of an account''s balance that a posting writes.';

CREATE FUNCTION ledger.apply_entries() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF EXISTS (SELECT FROM added e JOIN ledger.account a ON a.id = e.account_id
              GROUP BY e.posting_id, a.currency HAVING sum(e.amount_minor) <> 0) THEN
    RAISE EXCEPTION 'the entries of a posting sum to 0' USING ERRCODE = 'restrict_violation';
  END IF;
  -- In the order of the keys, so that two postings between the same accounts wait for one another.
  PERFORM FROM ledger.balance b
    JOIN (SELECT DISTINCT e.account_id, ledger.slot(e.posting_id, a.floor_minor) AS slot
            FROM added e JOIN ledger.account a ON a.id = e.account_id) w
      ON w.account_id = b.account_id AND w.slot = b.slot
   ORDER BY b.account_id, b.slot FOR NO KEY UPDATE OF b;
  UPDATE ledger.balance b
     SET balance_minor = b.balance_minor + w.amount
    FROM (SELECT e.account_id, ledger.slot(e.posting_id, a.floor_minor) AS slot, sum(e.amount_minor)::bigint AS amount
            FROM added e JOIN ledger.account a ON a.id = e.account_id GROUP BY 1, 2) w
   WHERE b.account_id = w.account_id AND b.slot = w.slot;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION ledger.apply_entries() IS
  'Refuses postings that do not sum to 0, and adds the others to the balances.';
CREATE TRIGGER entry_is_applied AFTER INSERT ON ledger.entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.apply_entries();

CREATE FUNCTION ledger.account_id(kind text, owner_id uuid, currency text, floor_minor bigint, new_id uuid) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
  found uuid;
BEGIN
  SELECT a.id INTO found FROM ledger.account a
   WHERE a.kind = account_id.kind AND a.owner_id IS NOT DISTINCT FROM account_id.owner_id
     AND a.currency = account_id.currency;
  IF found IS NOT NULL THEN
    RETURN found;
  END IF;
  INSERT INTO ledger.account AS a (id, kind, owner_id, currency, floor_minor)
  VALUES (new_id, account_id.kind, account_id.owner_id, account_id.currency, account_id.floor_minor)
  ON CONFLICT ON CONSTRAINT account_key DO NOTHING
  RETURNING a.id INTO found;
  IF found IS NULL THEN
    SELECT a.id INTO STRICT found FROM ledger.account a
     WHERE a.kind = account_id.kind AND a.owner_id IS NOT DISTINCT FROM account_id.owner_id
       AND a.currency = account_id.currency;
    RETURN found;
  END IF;
  INSERT INTO ledger.balance (account_id, slot, floor_minor)
  SELECT found, s, account_id.floor_minor
    FROM generate_series(0, CASE WHEN account_id.floor_minor IS NULL THEN 15 ELSE 0 END) s;
  RETURN found;
END
$$;
COMMENT ON FUNCTION ledger.account_id(text, uuid, text, bigint, uuid) IS
  'The account of a kind, an owner and a currency, which is opened with this floor and id if it is not there.';
