-- fastshop: compatible
-- fastshop: no-transaction
-- Product pages: what several sellers offer as the same good. Which variants are on the page of a GTIN follows from the
-- variants; only what staff decide is written down.

CREATE OR REPLACE FUNCTION catalog.page_of_gtin(gtin text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN lpad(gtin, 14, '0') !~ '^(.(02|04|05|2|98[0-4]|99)|000000[02])'
              THEN ('000000000000800080' || lpad(gtin, 14, '0'))::uuid END
$$;
COMMENT ON FUNCTION catalog.page_of_gtin(text) IS
  'The product page of a GTIN: a UUID of version 8 with its 14 digits. Null for numbers that are not the same good '
  'everywhere: those of restricted circulation, of coupons and of receipts.';

CREATE TABLE IF NOT EXISTS catalog.product_page (
  id uuid NOT NULL,
  chosen_product_id uuid,
  merged_into uuid,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_page_pkey PRIMARY KEY (id),
  CONSTRAINT product_page_chosen_product_fkey FOREIGN KEY (chosen_product_id) REFERENCES catalog.product (id)
    ON DELETE SET NULL,
  CONSTRAINT product_page_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES catalog.product_page (id),
  CONSTRAINT product_page_is_not_merged_into_itself CHECK (merged_into <> id)
);
COMMENT ON TABLE catalog.product_page IS
  'The product pages that staff have made or changed. The page of a GTIN is there without a row.';
COMMENT ON COLUMN catalog.product_page.id IS 'That of page_of_gtin(), or a UUID of version 7.';
COMMENT ON COLUMN catalog.product_page.chosen_product_id IS
  'The product that its title, images and attributes are from, while that is an offer; null for none.';
COMMENT ON COLUMN catalog.product_page.merged_into IS
  'The page that has its offers; null for itself. No page is merged into one that is merged itself.';
COMMENT ON COLUMN catalog.product_page.version IS 'Grows by 1 with each decision of staff; the etag.';
COMMENT ON COLUMN catalog.product_page.created_at IS 'When staff first decided something about it.';
COMMENT ON COLUMN catalog.product_page.updated_at IS 'When staff last did.';
CREATE INDEX CONCURRENTLY product_page_of_merge ON catalog.product_page (merged_into, id) WHERE merged_into IS NOT NULL;
CREATE INDEX CONCURRENTLY product_page_of_chosen_product ON catalog.product_page (chosen_product_id)
  WHERE chosen_product_id IS NOT NULL;

CREATE TABLE IF NOT EXISTS catalog.page_placement (
  page_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  is_joined boolean NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT page_placement_pkey PRIMARY KEY (page_id, variant_id),
  CONSTRAINT page_placement_page_fkey FOREIGN KEY (page_id) REFERENCES catalog.product_page (id),
  CONSTRAINT page_placement_variant_fkey FOREIGN KEY (variant_id) REFERENCES catalog.variant (id) ON DELETE CASCADE
);
COMMENT ON TABLE catalog.page_placement IS
  'The variants that staff have joined to product pages or taken off them. All others are on the page of their GTIN.';
COMMENT ON COLUMN catalog.page_placement.page_id IS 'The page, whose row writers have locked.';
COMMENT ON COLUMN catalog.page_placement.variant_id IS 'The variant.';
COMMENT ON COLUMN catalog.page_placement.is_joined IS
  'Whether it is on the page whatever its GTIN is; otherwise, it is not on it whatever its GTIN is.';
COMMENT ON COLUMN catalog.page_placement.placed_at IS 'When staff decided so.';
CREATE UNIQUE INDEX CONCURRENTLY page_placement_joined_key ON catalog.page_placement (variant_id) WHERE is_joined;
CREATE INDEX CONCURRENTLY page_placement_of_variant ON catalog.page_placement (variant_id, page_id);

CREATE INDEX CONCURRENTLY variant_by_page ON catalog.variant (catalog.page_of_gtin(gtin), id) WHERE gtin IS NOT NULL;

CREATE OR REPLACE VIEW inventory.stock_summary AS
SELECT s.variant_id, inventory.available(s.on_hand, s.reserved, s.safety_stock) > 0 AS is_in_stock
  FROM inventory.stock s;
COMMENT ON VIEW inventory.stock_summary IS 'Which variants can be sold from stock now. For the catalogue.';
