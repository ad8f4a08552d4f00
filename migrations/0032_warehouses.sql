-- Sellers keep stock in several warehouses. The default warehouse has the seller's id, and holds what no other does, so
-- that a variant of a seller with one warehouse still has one row.
-- fastshop: compatible

-- First, so that this waits once for those who use the table: the foreign keys below would take a weaker lock before.
ALTER TABLE inventory.stock
  ADD COLUMN elsewhere_on_hand bigint NOT NULL DEFAULT 0,
  ADD COLUMN elsewhere_reserved bigint NOT NULL DEFAULT 0,
  ADD COLUMN elsewhere jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN inventory.stock.elsewhere_on_hand IS
  'How much of on_hand is in other warehouses than the default one: the sum of its rows in warehouse_stock.';
COMMENT ON COLUMN inventory.stock.elsewhere_reserved IS 'How much of reserved is in other warehouses, in the same way.';
COMMENT ON COLUMN inventory.stock.elsewhere IS
  'Its rows of warehouse_stock as the API''s JSON, so that one row has the whole state of a variant.';

CREATE TABLE inventory.warehouse (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  seller_id uuid NOT NULL,
  name text NOT NULL,
  priority int NOT NULL DEFAULT 100,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT warehouse_pkey PRIMARY KEY (id),
  CONSTRAINT warehouse_of_seller UNIQUE (seller_id, id),
  CONSTRAINT warehouse_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT warehouse_priority_from_1_to_1000 CHECK (priority BETWEEN 1 AND 1000)
);
COMMENT ON TABLE inventory.warehouse IS 'The places where sellers keep stock: at most 50 of a seller.';
COMMENT ON COLUMN inventory.warehouse.id IS 'UUID of version 7; that of the default warehouse is the seller''s.';
COMMENT ON COLUMN inventory.warehouse.seller_id IS 'Whose warehouse it is.';
COMMENT ON COLUMN inventory.warehouse.name IS 'What the seller calls it.';
COMMENT ON COLUMN inventory.warehouse.priority IS 'Its turn when orders are allocated by priority; 1 is the first.';
COMMENT ON COLUMN inventory.warehouse.version IS 'Grows by 1 with each change.';
COMMENT ON COLUMN inventory.warehouse.created_at IS 'When it was made.';
COMMENT ON COLUMN inventory.warehouse.updated_at IS 'When it changed last.';

CREATE TABLE inventory.allocation_rule (
  seller_id uuid NOT NULL,
  allocation_order text NOT NULL DEFAULT 'priority',
  version bigint NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT allocation_rule_pkey PRIMARY KEY (seller_id),
  CONSTRAINT allocation_rule_order_is_known CHECK (allocation_order IN ('priority', 'stock'))
);
COMMENT ON TABLE inventory.allocation_rule IS
  'In which order the warehouses of a seller serve orders, from the first time that somebody sets it.';
COMMENT ON COLUMN inventory.allocation_rule.seller_id IS 'The seller.';
COMMENT ON COLUMN inventory.allocation_rule.allocation_order IS 'The API''s AllocationOrder in lower case.';
COMMENT ON COLUMN inventory.allocation_rule.version IS 'Grows by 1 each time it is set; 1 before the first time.';
COMMENT ON COLUMN inventory.allocation_rule.updated_at IS 'When it was last set.';

CREATE TABLE inventory.warehouse_stock (
  variant_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  on_hand bigint NOT NULL,
  reserved bigint NOT NULL DEFAULT 0,
  CONSTRAINT warehouse_stock_pkey PRIMARY KEY (variant_id, warehouse_id),
  CONSTRAINT warehouse_stock_stock_fkey FOREIGN KEY (variant_id) REFERENCES inventory.stock (variant_id),
  CONSTRAINT warehouse_stock_warehouse_fkey FOREIGN KEY (seller_id, warehouse_id)
    REFERENCES inventory.warehouse (seller_id, id),
  CONSTRAINT warehouse_stock_is_not_of_the_default CHECK (warehouse_id <> seller_id),
  CONSTRAINT warehouse_stock_has_some CHECK (on_hand > 0),
  CONSTRAINT warehouse_stock_reserved_not_negative CHECK (reserved >= 0),
  CONSTRAINT warehouse_stock_covers_what_is_reserved CHECK (on_hand >= reserved)
) WITH (fillfactor = 70);
COMMENT ON TABLE inventory.warehouse_stock IS
  'What is in warehouses other than the default ones, while there is any. Changes are made under the lock on the '
  'variant''s row in inventory.stock, whose sums a trigger keeps.';
COMMENT ON COLUMN inventory.warehouse_stock.variant_id IS 'The variant.';
COMMENT ON COLUMN inventory.warehouse_stock.warehouse_id IS 'The warehouse.';
COMMENT ON COLUMN inventory.warehouse_stock.seller_id IS 'The seller of both.';
COMMENT ON COLUMN inventory.warehouse_stock.on_hand IS 'How many are in the warehouse.';
COMMENT ON COLUMN inventory.warehouse_stock.reserved IS 'How many of those are promised to orders.';
CREATE INDEX warehouse_stock_of_warehouse ON inventory.warehouse_stock (seller_id, warehouse_id);

CREATE FUNCTION inventory.sum_elsewhere() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  changed uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.variant_id ELSE NEW.variant_id END;
BEGIN
  UPDATE inventory.stock s
     SET on_hand = s.on_hand - s.elsewhere_on_hand + e.on_hand,
         reserved = s.reserved - s.elsewhere_reserved + e.reserved,
         elsewhere_on_hand = e.on_hand, elsewhere_reserved = e.reserved, elsewhere = e.stocks
    FROM (SELECT coalesce(sum(w.on_hand), 0)::bigint AS on_hand, coalesce(sum(w.reserved), 0)::bigint AS reserved,
                 coalesce(
                   jsonb_agg(
                     jsonb_build_object('warehouseId', w.warehouse_id, 'onHand', w.on_hand, 'reserved', w.reserved)
                     ORDER BY w.warehouse_id), '[]') AS stocks
            FROM inventory.warehouse_stock w
           WHERE w.variant_id = changed) e
   WHERE s.variant_id = changed;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION inventory.sum_elsewhere() IS
  'Keeps the sums of inventory.stock true to the rows of inventory.warehouse_stock, whoever changes those.';

CREATE TRIGGER warehouse_stock_is_summed AFTER INSERT OR UPDATE OR DELETE ON inventory.warehouse_stock
  FOR EACH ROW EXECUTE FUNCTION inventory.sum_elsewhere();

CREATE FUNCTION inventory.make_default_warehouses() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO inventory.warehouse (id, seller_id, name)
  SELECT DISTINCT n.seller_id, n.seller_id, 'Main warehouse'
    FROM new_stock n
   WHERE NOT EXISTS (SELECT FROM inventory.warehouse w WHERE w.id = n.seller_id)
   ORDER BY 1
      ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION inventory.make_default_warehouses() IS
  'Makes the default warehouse of each seller who gets stock: a trigger, so that all who insert stock need not know. '
  'It goes by the sellers'' ids, so that two inserts for the same new sellers do not wait for each other.';

CREATE TRIGGER stock_has_a_warehouse AFTER INSERT ON inventory.stock
  REFERENCING NEW TABLE AS new_stock FOR EACH STATEMENT EXECUTE FUNCTION inventory.make_default_warehouses();

INSERT INTO inventory.warehouse (id, seller_id, name)
SELECT DISTINCT s.seller_id, s.seller_id, 'Main warehouse' FROM inventory.stock s;

ALTER TABLE inventory.movement
  ADD COLUMN warehouse_id uuid,
  DROP CONSTRAINT movement_reason_is_known,
  DROP CONSTRAINT movement_on_hand_not_negative;
ALTER TABLE inventory.movement
  ADD CONSTRAINT movement_reason_is_known CHECK (
    reason IN (
      'received', 'returned', 'counted', 'damaged', 'lost', 'sold_elsewhere', 'other', 'sold', 'transferred')
  ) NOT VALID;
COMMENT ON COLUMN inventory.movement.warehouse_id IS
  'Where stock moved; null for the default warehouse. It may be gone by now.';
COMMENT ON COLUMN inventory.movement.on_hand IS
  'on_hand after it, in all warehouses together; below 0 where units were sold that are still to come.';
