-- fastshop: compatible
-- Those who watch stock hear of variants that are deleted, and of products that get another category.

CREATE TABLE inventory.left_category (
  product_id uuid NOT NULL,
  category_id uuid NOT NULL,
  left_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT left_category_pkey PRIMARY KEY (product_id, category_id)
);
COMMENT ON TABLE inventory.left_category IS
  'Categories that products have left, and whose watchers have not been told of it yet.';
COMMENT ON COLUMN inventory.left_category.product_id IS 'The product.';
COMMENT ON COLUMN inventory.left_category.category_id IS 'Its former category, or one above that.';
COMMENT ON COLUMN inventory.left_category.left_at IS 'When it left last.';

CREATE FUNCTION inventory.leave_categories(products uuid[], categories uuid[]) RETURNS void
LANGUAGE sql
AS $$
  -- A row that is there is locked: the job that tells of it waits until the product is in its new category.
  INSERT INTO inventory.left_category AS l (product_id, category_id)
  SELECT DISTINCT n.product_id, n.category_id
    FROM unnest(products, categories) AS n (product_id, category_id)
   ORDER BY n.product_id, n.category_id
      ON CONFLICT ON CONSTRAINT left_category_pkey DO UPDATE SET left_at = excluded.left_at
$$;
COMMENT ON FUNCTION inventory.leave_categories(uuid[], uuid[]) IS
  'Notes that products leave categories; the second array has a category for each element of the first. An event about '
  'the product follows. For the catalogue, which has locked the products.';

CREATE FUNCTION inventory.deletions(variants uuid[])
RETURNS TABLE (topic text, type text, key uuid, subjects uuid[], payload jsonb)
LANGUAGE sql
AS $$
  SELECT 'inventory.stock', 'deleted', s.variant_id,
         ARRAY[s.product_id, s.seller_id]
         -- Whoever was told that it is on sale hears of its end.
         || CASE WHEN s.is_told_on_sale
                 THEN array_remove(named.subjects, '00000000-0000-7000-8000-000000000001')
                 ELSE named.subjects END
         || ARRAY(SELECT l.category_id
                    FROM inventory.left_category l
                   WHERE l.product_id = s.product_id AND l.category_id <> ALL (named.subjects)),
         jsonb_build_object(
           'change', jsonb_build_object(
             'reason', 'STOCK_REASON_DELETED', 'isDeleted', true,
             'stock', jsonb_build_object(
               'variantId', s.variant_id, 'productId', s.product_id, 'sellerId', s.seller_id,
               'version', s.version + 1, 'etag', 'v' || s.version + 1,
               'updateTime', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))))
    FROM (SELECT * FROM inventory.stock o WHERE o.variant_id = ANY (variants) ORDER BY o.variant_id FOR UPDATE) s
   CROSS JOIN LATERAL (SELECT catalog.subjects_of_product(s.product_id) AS subjects) named
$$;
COMMENT ON FUNCTION inventory.deletions(uuid[]) IS
  'Locks the stock of variants that are to be deleted, and returns the events about it. For the catalogue, which calls '
  'drop_stock() next, and publishes them.';

-- New variants are told of when their product is on sale, as open_stock() has it.
CREATE OR REPLACE FUNCTION inventory.open_stocks(seller uuid, products uuid[], variants uuid[]) RETURNS void
LANGUAGE sql
AS $$
  INSERT INTO inventory.stock (variant_id, product_id, seller_id, is_told_on_sale)
  SELECT v.id, v.product, seller, false FROM unnest(products, variants) AS v (product, id) ORDER BY v.id
      ON CONFLICT ON CONSTRAINT stock_pkey DO NOTHING
$$;
