-- fastshop: compatible
-- Sellers put their own products in.

-- What the catalogue asks of the inventory.

CREATE FUNCTION inventory.open_stock(seller uuid, product uuid, variants uuid[]) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO inventory.stock (variant_id, product_id, seller_id)
  SELECT v.id, product, seller FROM unnest(variants) AS v (id) ORDER BY v.id
      ON CONFLICT ON CONSTRAINT stock_pkey DO NOTHING
$$;
COMMENT ON FUNCTION inventory.open_stock(uuid, uuid, uuid[]) IS
  'Makes the stock of those of a product''s variants that have none. For the catalogue.';

CREATE FUNCTION inventory.drop_stock(variants uuid[]) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM FROM inventory.stock s WHERE s.variant_id = ANY (variants) ORDER BY s.variant_id FOR UPDATE;
  IF EXISTS (SELECT FROM inventory.reservation r
              WHERE r.variant_id = ANY (variants) AND r.state IN ('open', 'committed'))
     OR EXISTS (SELECT FROM inventory.movement m WHERE m.variant_id = ANY (variants) AND m.reason = 'sold') THEN
    RETURN false;
  END IF;
  DELETE FROM inventory.reservation r WHERE r.variant_id = ANY (variants);
  DELETE FROM inventory.back_in_stock b WHERE b.variant_id = ANY (variants);
  DELETE FROM inventory.stock_rules r WHERE r.variant_id = ANY (variants);
  DELETE FROM inventory.warehouse_stock w WHERE w.variant_id = ANY (variants);
  DELETE FROM inventory.stock s WHERE s.variant_id = ANY (variants);
  RETURN true;
END
$$;
COMMENT ON FUNCTION inventory.drop_stock(uuid[]) IS
  'Deletes the stock of variants that are deleted and what was asked for about it, but not their movements. False, '
  'and nothing is done, when one was sold or is reserved. For the catalogue, which has locked the product.';

-- ALTER TABLE, behind which all readers wait, comes last.

ALTER TABLE catalog.variant ADD COLUMN gtin text, ADD COLUMN weight_grams int;
ALTER TABLE catalog.variant
  ADD CONSTRAINT variant_gtin_has_digits CHECK (gtin ~ '^([0-9]{8}|[0-9]{12,14})$') NOT VALID,
  ADD CONSTRAINT variant_weight_in_range CHECK (weight_grams BETWEEN 1 AND 10000000) NOT VALID;
COMMENT ON COLUMN catalog.variant.gtin IS 'GTIN-8, -12, -13 or -14 with a right check digit; null without one.';
COMMENT ON COLUMN catalog.variant.weight_grams IS 'The weight of one with its packaging; null when not known.';

ALTER TABLE catalog.product
  ALTER COLUMN price_minor DROP NOT NULL,
  ALTER COLUMN currency DROP NOT NULL,
  ADD COLUMN external_id text,
  ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN seo_title text NOT NULL DEFAULT '',
  ADD COLUMN seo_description text NOT NULL DEFAULT '',
  ADD COLUMN quantity_min int NOT NULL DEFAULT 1,
  ADD COLUMN quantity_max int,
  ADD COLUMN quantity_step int NOT NULL DEFAULT 1,
  ADD COLUMN product_type_id uuid
    CONSTRAINT product_product_type_fkey REFERENCES catalog.product_type (id),
  ADD COLUMN attributes jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN publish_at timestamptz;
ALTER TABLE catalog.product
  ADD CONSTRAINT product_price_is_whole CHECK ((price_minor IS NULL) = (currency IS NULL)) NOT VALID,
  ADD CONSTRAINT product_active_has_a_price CHECK (status <> 'active' OR price_minor IS NOT NULL) NOT VALID,
  ADD CONSTRAINT product_quantities_fit CHECK (
    quantity_min >= 1 AND quantity_step >= 1 AND (quantity_max IS NULL OR quantity_max >= quantity_min)) NOT VALID,
  ADD CONSTRAINT product_attributes_are_a_list CHECK (jsonb_typeof(attributes) = 'array') NOT VALID,
  ADD CONSTRAINT product_attributes_are_of_a_type CHECK (product_type_id IS NOT NULL OR attributes = '[]') NOT VALID,
  ADD CONSTRAINT product_only_drafts_are_scheduled CHECK (publish_at IS NULL OR status = 'draft') NOT VALID;
COMMENT ON COLUMN catalog.product.price_minor IS
  'Price of its cheapest variant, in minor units; null while it has no variants.';
COMMENT ON COLUMN catalog.product.currency IS 'ISO 4217; null while it has no variants.';
COMMENT ON COLUMN catalog.product.external_id IS 'The seller''s own id for it, unique per seller; null without one.';
COMMENT ON COLUMN catalog.product.metadata IS 'Texts by key that programs of the seller keep here.';
COMMENT ON COLUMN catalog.product.seo_title IS 'The title for search engines; empty to use the product''s own.';
COMMENT ON COLUMN catalog.product.seo_description IS 'The description for search engines; empty for none.';
COMMENT ON COLUMN catalog.product.quantity_min IS 'The least quantity of an order line.';
COMMENT ON COLUMN catalog.product.quantity_max IS 'The greatest quantity of an order line; null without a limit.';
COMMENT ON COLUMN catalog.product.quantity_step IS
  'Quantities of an order line are quantity_min plus multiples of it.';
COMMENT ON COLUMN catalog.product.product_type_id IS 'Its type; null without one.';
COMMENT ON COLUMN catalog.product.attributes IS
  'Its values for the attributes of its type, as the API''s JSON, in the order in which the seller gave them.';
COMMENT ON COLUMN catalog.product.publish_at IS 'When a draft will be put on sale; null without such a time.';
