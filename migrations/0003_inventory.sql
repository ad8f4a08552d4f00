-- What is in stock, and every movement that led there.

CREATE SCHEMA inventory;
COMMENT ON SCHEMA inventory IS 'What is in stock, and every movement that led there.';

CREATE TABLE inventory.stock (
  variant_id uuid NOT NULL,
  product_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  on_hand bigint NOT NULL DEFAULT 0,
  reserved bigint NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_pkey PRIMARY KEY (variant_id),
  CONSTRAINT stock_variant_fkey FOREIGN KEY (variant_id) REFERENCES catalog.variant (id),
  CONSTRAINT stock_reserved_not_negative CHECK (reserved >= 0),
  CONSTRAINT stock_covers_what_is_reserved CHECK (on_hand >= reserved)
) WITH (fillfactor = 70);
COMMENT ON TABLE inventory.stock IS
  'One row a variant, changed in place: its pages keep room, and no index covers what changes.';
COMMENT ON COLUMN inventory.stock.variant_id IS 'The variant.';
COMMENT ON COLUMN inventory.stock.product_id IS 'The product it belongs to.';
COMMENT ON COLUMN inventory.stock.seller_id IS 'Who holds it: the shop''s key of distribution.';
COMMENT ON COLUMN inventory.stock.on_hand IS 'How many are in the warehouse: the sum of its movements.';
COMMENT ON COLUMN inventory.stock.reserved IS 'How many of those are promised to orders.';
COMMENT ON COLUMN inventory.stock.version IS 'Grows by 1 with each change.';
COMMENT ON COLUMN inventory.stock.updated_at IS 'When it changed last.';
CREATE INDEX stock_of_product ON inventory.stock (product_id, variant_id);
CREATE INDEX stock_of_seller ON inventory.stock (seller_id, product_id, variant_id);

CREATE TABLE inventory.movement (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  variant_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  delta bigint NOT NULL,
  reason text NOT NULL,
  note text NOT NULL DEFAULT '',
  request_id uuid,
  on_hand bigint NOT NULL,
  version bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT movement_pkey PRIMARY KEY (id, at),
  CONSTRAINT movement_delta_is_not_zero CHECK (delta <> 0),
  CONSTRAINT movement_reason_is_known CHECK (
    reason IN ('received', 'returned', 'counted', 'damaged', 'lost', 'sold_elsewhere', 'other')),
  CONSTRAINT movement_note_is_short CHECK (length(note) <= 500),
  CONSTRAINT movement_on_hand_not_negative CHECK (on_hand >= 0)
) PARTITION BY RANGE (at);
COMMENT ON TABLE inventory.movement IS 'The ledger: only appended to. A variant''s deltas add up to its on_hand.';
COMMENT ON COLUMN inventory.movement.id IS 'UUID of version 7.';
COMMENT ON COLUMN inventory.movement.variant_id IS 'The variant whose stock moved.';
COMMENT ON COLUMN inventory.movement.seller_id IS 'Who holds it.';
COMMENT ON COLUMN inventory.movement.delta IS 'What was added to on_hand; negative when something left.';
COMMENT ON COLUMN inventory.movement.reason IS 'Why: the API''s StockReason in lower case.';
COMMENT ON COLUMN inventory.movement.note IS 'For whoever reads the ledger.';
COMMENT ON COLUMN inventory.movement.request_id IS 'The request that asked for it; null when no caller did.';
COMMENT ON COLUMN inventory.movement.on_hand IS 'on_hand after it.';
COMMENT ON COLUMN inventory.movement.version IS 'The stock''s version after it: orders a variant''s movements.';
COMMENT ON COLUMN inventory.movement.at IS 'When its transaction began; names its partition.';
CREATE INDEX movement_of_variant ON inventory.movement (variant_id, version);

CREATE TABLE inventory.movement_default PARTITION OF inventory.movement DEFAULT;
COMMENT ON TABLE inventory.movement_default IS 'Catches movements whose month has no partition yet.';

INSERT INTO platform.partitioned_table VALUES ('inventory.movement', 'month', 3);
SELECT platform.make_partitions('inventory.movement', 'month', 3);

CREATE FUNCTION inventory.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'inventory.movement is only appended to' USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION inventory.refuse_change() IS 'Keeps the ledger append-only.';

CREATE TRIGGER movement_is_append_only BEFORE UPDATE ON inventory.movement
  FOR EACH ROW EXECUTE FUNCTION inventory.refuse_change();
