-- Orders hold stock by reservations, which end at a time. Sellers hold back a safety stock, and allow backorders.
-- fastshop: compatible

-- First, so that this waits once for those who use the table: the foreign key below would take a weaker lock before.
ALTER TABLE inventory.stock
  ADD COLUMN safety_stock bigint NOT NULL DEFAULT 0,
  ADD COLUMN backorder_limit bigint NOT NULL DEFAULT 0,
  ADD COLUMN backorder_at timestamptz,
  ADD COLUMN is_told_on_sale boolean NOT NULL DEFAULT true,
  DROP CONSTRAINT stock_covers_what_is_reserved;
ALTER TABLE inventory.stock
  ADD CONSTRAINT stock_covers_what_is_reserved CHECK (
    on_hand - elsewhere_on_hand + backorder_limit >= reserved - elsewhere_reserved) NOT VALID,
  -- A work may add to one warehouse before it takes as much from another one: twice what there may be at its end.
  ADD CONSTRAINT stock_on_hand_in_range CHECK (on_hand BETWEEN -1000000000000 AND 2000000000000) NOT VALID,
  ADD CONSTRAINT stock_safety_in_range CHECK (safety_stock BETWEEN 0 AND 1000000) NOT VALID,
  ADD CONSTRAINT stock_backorder_limit_in_range CHECK (backorder_limit BETWEEN 0 AND 1000000) NOT VALID,
  ADD CONSTRAINT stock_backorders_have_a_date CHECK ((backorder_limit > 0) = (backorder_at IS NOT NULL)) NOT VALID;
COMMENT ON COLUMN inventory.stock.on_hand IS
  'How many are in all warehouses: the sum of its movements. Below 0 where units were sold that are still to come.';
COMMENT ON COLUMN inventory.stock.reserved IS 'How many are promised to orders: the sum of its open reservations.';
COMMENT ON COLUMN inventory.stock.safety_stock IS 'How many are held back: they are not sold.';
COMMENT ON COLUMN inventory.stock.backorder_limit IS
  'How many may be promised beyond what is in the default warehouse; 0 for no backorders.';
COMMENT ON COLUMN inventory.stock.backorder_at IS 'When backordered units are promised; null for no backorders.';
COMMENT ON COLUMN inventory.stock.is_told_on_sale IS
  'Whether watchers were told last that the product is on sale, as it is where stock was before this column.';

-- Watchers are told of new variants when their product is on sale.
CREATE OR REPLACE FUNCTION inventory.open_stock(seller uuid, product uuid, variants uuid[]) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO inventory.stock (variant_id, product_id, seller_id, is_told_on_sale)
  SELECT v.id, product, seller, false FROM unnest(variants) AS v (id) ORDER BY v.id
      ON CONFLICT ON CONSTRAINT stock_pkey DO NOTHING
$$;

CREATE TABLE inventory.reservation (
  reservation_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  quantity bigint NOT NULL,
  backordered bigint NOT NULL DEFAULT 0,
  allocation text NOT NULL,
  state text NOT NULL DEFAULT 'open',
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT reservation_pkey PRIMARY KEY (reservation_id, variant_id, warehouse_id),
  CONSTRAINT reservation_stock_fkey FOREIGN KEY (variant_id) REFERENCES inventory.stock (variant_id),
  CONSTRAINT reservation_quantity_is_positive CHECK (quantity > 0),
  CONSTRAINT reservation_backordered_is_a_part CHECK (backordered BETWEEN 0 AND quantity),
  CONSTRAINT reservation_allocation_is_known CHECK (allocation IN ('whole', 'part', 'backorder')),
  CONSTRAINT reservation_state_is_known CHECK (state IN ('open', 'committed', 'released', 'expired')),
  CONSTRAINT reservation_ends_once CHECK ((state = 'open') = (ended_at IS NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE inventory.reservation IS
  'What orders hold: a row for each variant and warehouse. The quantities of open ones add up to stock.reserved. '
  'Changes are made under the locks on the rows themselves, then on those of inventory.stock.';
COMMENT ON COLUMN inventory.reservation.reservation_id IS 'All rows of one order have the same.';
COMMENT ON COLUMN inventory.reservation.variant_id IS 'The variant.';
COMMENT ON COLUMN inventory.reservation.warehouse_id IS
  'The warehouse that it will leave; the seller''s id for the default.';
COMMENT ON COLUMN inventory.reservation.seller_id IS 'The seller.';
COMMENT ON COLUMN inventory.reservation.quantity IS 'How many; fewer after a part was released.';
COMMENT ON COLUMN inventory.reservation.backordered IS 'How many of those were not there, and were promised for later.';
COMMENT ON COLUMN inventory.reservation.allocation IS 'Why this warehouse: the API''s Allocation in lower case.';
COMMENT ON COLUMN inventory.reservation.state IS 'open, then once and for all committed (sold), released or expired.';
COMMENT ON COLUMN inventory.reservation.created_at IS 'When it was made.';
COMMENT ON COLUMN inventory.reservation.expires_at IS 'When it ends if it is still open.';
COMMENT ON COLUMN inventory.reservation.ended_at IS 'When it ended; null while it is open.';
CREATE INDEX reservation_of_seller ON inventory.reservation (seller_id, reservation_id, variant_id, warehouse_id)
  WHERE state = 'open';
CREATE INDEX reservation_of_variant ON inventory.reservation (variant_id, reservation_id, warehouse_id)
  WHERE state = 'open';
CREATE INDEX reservation_by_expiry ON inventory.reservation (expires_at) WHERE state = 'open';
CREATE INDEX reservation_by_end ON inventory.reservation (ended_at) WHERE ended_at IS NOT NULL;

CREATE FUNCTION inventory.available(on_hand bigint, reserved bigint, safety_stock bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS 'SELECT greatest(on_hand - reserved - safety_stock, 0)';
COMMENT ON FUNCTION inventory.available(bigint, bigint, bigint) IS 'How many can be sold from stock.';

CREATE FUNCTION inventory.count_reserved() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  line inventory.reservation := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  change bigint := CASE WHEN TG_OP <> 'DELETE' AND NEW.state = 'open' THEN NEW.quantity ELSE 0 END
                   - CASE WHEN TG_OP <> 'INSERT' AND OLD.state = 'open' THEN OLD.quantity ELSE 0 END;
BEGIN
  IF change = 0 THEN
    RETURN NULL;
  ELSIF line.warehouse_id = line.seller_id THEN
    UPDATE inventory.stock s SET reserved = s.reserved + change WHERE s.variant_id = line.variant_id;
  ELSE
    UPDATE inventory.warehouse_stock w SET reserved = w.reserved + change
     WHERE w.variant_id = line.variant_id AND w.warehouse_id = line.warehouse_id;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no stock to reserve' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION inventory.count_reserved() IS
  'Keeps what is reserved the sum of the open reservations: nothing else changes it.';

CREATE TRIGGER reservation_is_counted AFTER INSERT OR UPDATE OR DELETE ON inventory.reservation
  FOR EACH ROW EXECUTE FUNCTION inventory.count_reserved();

CREATE FUNCTION inventory.refuse_reserved() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'only reservations change what is reserved' USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION inventory.refuse_reserved() IS 'Keeps statements from changing what is reserved by themselves.';

CREATE TRIGGER stock_reserved_is_a_sum
  BEFORE UPDATE OF reserved, elsewhere_on_hand, elsewhere_reserved, elsewhere ON inventory.stock FOR EACH ROW
  WHEN (pg_trigger_depth() = 0
        AND (NEW.reserved, NEW.elsewhere_on_hand, NEW.elsewhere_reserved, NEW.elsewhere)
            <> (OLD.reserved, OLD.elsewhere_on_hand, OLD.elsewhere_reserved, OLD.elsewhere))
  EXECUTE FUNCTION inventory.refuse_reserved();
CREATE TRIGGER stock_begins_without_reservations BEFORE INSERT ON inventory.stock FOR EACH ROW
  WHEN (pg_trigger_depth() = 0
        AND (NEW.reserved, NEW.elsewhere_on_hand, NEW.elsewhere_reserved, NEW.elsewhere) <> (0, 0, 0, '[]'::jsonb))
  EXECUTE FUNCTION inventory.refuse_reserved();
CREATE TRIGGER warehouse_stock_reserved_is_a_sum BEFORE UPDATE OF reserved ON inventory.warehouse_stock FOR EACH ROW
  WHEN (pg_trigger_depth() = 0 AND NEW.reserved <> OLD.reserved) EXECUTE FUNCTION inventory.refuse_reserved();
CREATE TRIGGER warehouse_stock_begins_without_reservations BEFORE INSERT ON inventory.warehouse_stock FOR EACH ROW
  WHEN (pg_trigger_depth() = 0 AND NEW.reserved <> 0) EXECUTE FUNCTION inventory.refuse_reserved();
CREATE TRIGGER warehouse_stock_outlives_reservations BEFORE DELETE ON inventory.warehouse_stock FOR EACH ROW
  WHEN (pg_trigger_depth() = 0 AND OLD.reserved <> 0) EXECUTE FUNCTION inventory.refuse_reserved();

CREATE OR REPLACE FUNCTION inventory.mark_low_stock() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE inventory.stock_rules r
     SET is_low = NOT r.is_low
   WHERE r.variant_id = NEW.variant_id
     AND r.is_low <> inventory.is_low(
                       inventory.available(NEW.on_hand, NEW.reserved, NEW.safety_stock), r.low_stock_threshold);
  RETURN NULL;
END
$$;
DROP TRIGGER stock_marks_low ON inventory.stock;
CREATE TRIGGER stock_marks_low AFTER UPDATE OF on_hand, reserved, safety_stock ON inventory.stock
  FOR EACH ROW EXECUTE FUNCTION inventory.mark_low_stock();
