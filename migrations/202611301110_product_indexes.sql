-- fastshop: compatible
-- fastshop: no-transaction
-- The indexes for those who manage products, and for the foreign keys of what they delete. Then validates the
-- constraints of 0028_products.sql, without keeping writers out.

CREATE UNIQUE INDEX CONCURRENTLY product_external_id_key ON catalog.product (seller_id, external_id)
  WHERE external_id IS NOT NULL;
CREATE INDEX CONCURRENTLY product_of_type ON catalog.product (product_type_id) WHERE product_type_id IS NOT NULL;
CREATE INDEX CONCURRENTLY product_by_creation ON catalog.product (created_at, id);
CREATE INDEX CONCURRENTLY product_of_seller_by_creation ON catalog.product (seller_id, created_at, id);
CREATE INDEX CONCURRENTLY product_by_status ON catalog.product (status, created_at, id);
CREATE INDEX CONCURRENTLY product_of_seller_by_status ON catalog.product (seller_id, status, created_at, id);
CREATE INDEX CONCURRENTLY product_by_search_title
  ON catalog.product (left(platform.search_key(title), 100) COLLATE "C");
CREATE INDEX CONCURRENTLY product_of_seller_by_search_title
  ON catalog.product (seller_id, left(platform.search_key(title), 100) COLLATE "C");
CREATE INDEX CONCURRENTLY variant_by_sku ON catalog.variant (sku COLLATE "C");
CREATE INDEX CONCURRENTLY variant_of_seller_by_sku ON catalog.variant (seller_id, sku COLLATE "C");
CREATE INDEX CONCURRENTLY reservation_of_stock ON inventory.reservation (variant_id);

ALTER TABLE catalog.variant VALIDATE CONSTRAINT variant_gtin_has_digits;
ALTER TABLE catalog.variant VALIDATE CONSTRAINT variant_weight_in_range;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_price_is_whole;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_active_has_a_price;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_external_id_is_short;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_metadata_is_an_object;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_seo_title_is_short;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_seo_description_is_short;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_quantities_in_range;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_attributes_are_a_list;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_attributes_are_of_a_type;
ALTER TABLE catalog.product VALIDATE CONSTRAINT product_only_drafts_are_scheduled;
