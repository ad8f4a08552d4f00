-- Sellers say below which quantity a variant is low on stock, and see which variants are.

CREATE FUNCTION inventory.is_low(available bigint, threshold bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS 'SELECT threshold > 0 AND available <= threshold';
COMMENT ON FUNCTION inventory.is_low(bigint, bigint) IS 'Whether a variant with this threshold is low on stock.';

CREATE TABLE inventory.stock_rules (
  variant_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  low_stock_threshold bigint NOT NULL DEFAULT 0,
  is_low boolean NOT NULL DEFAULT false,
  version bigint NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_rules_pkey PRIMARY KEY (variant_id),
  CONSTRAINT stock_rules_stock_fkey FOREIGN KEY (variant_id) REFERENCES inventory.stock (variant_id),
  CONSTRAINT stock_rules_threshold_in_range CHECK (low_stock_threshold BETWEEN 0 AND 1000000)
);
COMMENT ON TABLE inventory.stock_rules IS
  'The rules for a variant''s stock, from the first time that somebody sets them. Changes are made under the lock on '
  'the variant''s row in inventory.stock.';
COMMENT ON COLUMN inventory.stock_rules.variant_id IS 'The variant.';
COMMENT ON COLUMN inventory.stock_rules.seller_id IS 'The seller of the variant, as in inventory.stock.';
COMMENT ON COLUMN inventory.stock_rules.low_stock_threshold IS
  'The variant is low on stock while no more than this is available; 0 for never.';
COMMENT ON COLUMN inventory.stock_rules.is_low IS 'Whether the variant is low on stock now: see inventory.is_low.';
COMMENT ON COLUMN inventory.stock_rules.version IS 'Grows by 1 each time the rules are set; 1 before the first time.';
COMMENT ON COLUMN inventory.stock_rules.updated_at IS 'When the rules were last set.';
CREATE INDEX stock_rules_low ON inventory.stock_rules (seller_id, variant_id) WHERE is_low;

CREATE FUNCTION inventory.mark_low_stock() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE inventory.stock_rules r
     SET is_low = NOT r.is_low
   WHERE r.variant_id = NEW.variant_id
     AND r.is_low <> inventory.is_low(NEW.on_hand - NEW.reserved, r.low_stock_threshold);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION inventory.mark_low_stock() IS
  'Keeps stock_rules.is_low true to the stock. A trigger has a newer snapshot than the statement that fires it, so it '
  'sees rules that were set while the statement waited for the lock on the stock.';

CREATE TRIGGER stock_marks_low AFTER UPDATE OF on_hand, reserved ON inventory.stock
  FOR EACH ROW EXECUTE FUNCTION inventory.mark_low_stock();
