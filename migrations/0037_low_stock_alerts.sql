-- Sellers get a mail when a variant becomes low on stock: one each time that it does.
-- fastshop: compatible

ALTER TABLE inventory.stock_rules ADD COLUMN crossings bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN inventory.stock_rules.crossings IS 'How often it has become low on stock.';

CREATE FUNCTION inventory.count_crossing() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.crossings := OLD.crossings + 1;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION inventory.count_crossing() IS
  'Counts how often a variant becomes low on stock, whatever makes it so.';

CREATE TRIGGER stock_rules_count_crossings BEFORE UPDATE OF is_low ON inventory.stock_rules
  FOR EACH ROW WHEN (NEW.is_low AND NOT OLD.is_low) EXECUTE FUNCTION inventory.count_crossing();

CREATE TABLE inventory.low_stock_alert (
  variant_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  crossing bigint NOT NULL,
  alerted_at timestamptz NOT NULL,
  CONSTRAINT low_stock_alert_pkey PRIMARY KEY (variant_id),
  CONSTRAINT low_stock_alert_rules_fkey FOREIGN KEY (variant_id) REFERENCES inventory.stock_rules (variant_id)
    ON DELETE CASCADE
);
COMMENT ON TABLE inventory.low_stock_alert IS
  'The last alert about a variant. It is apart from its rules, which writers of stock lock.';
COMMENT ON COLUMN inventory.low_stock_alert.variant_id IS 'The variant.';
COMMENT ON COLUMN inventory.low_stock_alert.seller_id IS 'Its seller.';
COMMENT ON COLUMN inventory.low_stock_alert.crossing IS 'The count in stock_rules.crossings that the alert was about.';
COMMENT ON COLUMN inventory.low_stock_alert.alerted_at IS 'When it was requested.';

-- What is low today is in the list already.
INSERT INTO inventory.low_stock_alert (variant_id, seller_id, crossing, alerted_at)
SELECT r.variant_id, r.seller_id, 0, now() FROM inventory.stock_rules r WHERE r.is_low;

CREATE FUNCTION catalog.names_of_variants(ids uuid[])
RETURNS TABLE (variant_id uuid, product_title text, variant_title text, sku text, product_slug text)
LANGUAGE sql STABLE
AS $$
  SELECT v.id, p.title, v.title, v.sku, p.slug
    FROM catalog.variant v JOIN catalog.product p ON p.id = v.product_id
   WHERE v.id = ANY (ids)
$$;
COMMENT ON FUNCTION catalog.names_of_variants(uuid[]) IS
  'What people call variants, and where the pages of their products are. For other modules.';
