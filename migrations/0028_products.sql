-- fastshop: compatible
-- Sellers put their own products in.

ALTER TABLE catalog.product ADD COLUMN external_id text;
ALTER TABLE catalog.product ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';
ALTER TABLE catalog.product ADD COLUMN seo_title text NOT NULL DEFAULT '';
ALTER TABLE catalog.product ADD COLUMN seo_description text NOT NULL DEFAULT '';
ALTER TABLE catalog.product ADD COLUMN quantity_min int NOT NULL DEFAULT 1;
ALTER TABLE catalog.product ADD COLUMN quantity_max int;
ALTER TABLE catalog.product ADD COLUMN quantity_step int NOT NULL DEFAULT 1;
ALTER TABLE catalog.product ADD COLUMN first_sold_at timestamptz;
ALTER TABLE catalog.product ADD CONSTRAINT product_quantities_fit CHECK (
  quantity_min >= 1 AND quantity_step >= 1 AND (quantity_max IS NULL OR quantity_max >= quantity_min)) NOT VALID;
COMMENT ON COLUMN catalog.product.external_id IS 'The seller''s own id for it, unique per seller; null without one.';
COMMENT ON COLUMN catalog.product.metadata IS 'Texts by key that programs of the seller keep here.';
COMMENT ON COLUMN catalog.product.seo_title IS 'The title for search engines; empty to use the product''s own.';
COMMENT ON COLUMN catalog.product.seo_description IS 'The description for search engines; empty for none.';
COMMENT ON COLUMN catalog.product.quantity_min IS 'The least quantity of an order line.';
COMMENT ON COLUMN catalog.product.quantity_max IS 'The greatest quantity of an order line; null without a limit.';
COMMENT ON COLUMN catalog.product.quantity_step IS 'Quantities of an order line are quantity_min plus multiples of it.';
COMMENT ON COLUMN catalog.product.first_sold_at IS 'When one was sold first; null before. What was sold is not deleted.';
COMMENT ON COLUMN catalog.product.currency IS 'ISO 4217; XXX, no currency, while it has no variants.';
CREATE UNIQUE INDEX product_external_id_key ON catalog.product (seller_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX product_by_creation ON catalog.product (created_at, id);
CREATE INDEX product_of_seller_by_creation ON catalog.product (seller_id, created_at, id);

-- Variants change places within one transaction.
ALTER TABLE catalog.variant DROP CONSTRAINT variant_position_key;
ALTER TABLE catalog.variant ADD CONSTRAINT variant_position_key UNIQUE (product_id, position) DEFERRABLE;
ALTER TABLE catalog.variant ADD COLUMN gtin text;
ALTER TABLE catalog.variant ADD COLUMN weight_grams int;
COMMENT ON COLUMN catalog.variant.gtin IS 'GTIN-8, -12, -13 or -14 with a right check digit; null without one.';
COMMENT ON COLUMN catalog.variant.weight_grams IS 'The weight of one with its packaging; null when not known.';

CREATE FUNCTION catalog.refresh_product_price(product uuid) RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.product p
     SET price_minor = coalesce(least.price_minor, 0), currency = coalesce(least.currency, 'XXX')
    FROM (SELECT min(v.price_minor) AS price_minor, min(v.currency) AS currency
            FROM catalog.variant v WHERE v.product_id = product) least
   WHERE p.id = product
$$;
COMMENT ON FUNCTION catalog.refresh_product_price(uuid) IS 'Writes the price of the cheapest variant on the product.';

-- What the catalogue asks of the inventory.

CREATE FUNCTION inventory.open_stock(product uuid) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO inventory.stock (variant_id, product_id, seller_id)
  SELECT v.id, v.product_id, v.seller_id FROM catalog.variant v WHERE v.product_id = product ORDER BY v.id
      ON CONFLICT ON CONSTRAINT stock_pkey DO NOTHING
$$;
COMMENT ON FUNCTION inventory.open_stock(uuid) IS
  'Makes the stock of a product''s variants that have none. For the catalogue.';

CREATE FUNCTION inventory.drop_stock(variants uuid[]) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM inventory.stock s WHERE s.variant_id = ANY (variants) ORDER BY s.variant_id FOR UPDATE;
  IF EXISTS (SELECT FROM inventory.stock s WHERE s.variant_id = ANY (variants) AND s.reserved > 0) THEN
    RETURN false;
  END IF;
  DELETE FROM inventory.stock_rules r WHERE r.variant_id = ANY (variants);
  DELETE FROM inventory.stock s WHERE s.variant_id = ANY (variants);
  RETURN true;
END
$$;
COMMENT ON FUNCTION inventory.drop_stock(uuid[]) IS
  'Deletes the stock of variants that are deleted, but not its movements. False, and nothing is done, while some is '
  'reserved. For the catalogue.';
