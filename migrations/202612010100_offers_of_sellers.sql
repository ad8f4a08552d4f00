-- fastshop: compatible
-- fastshop: no-transaction
-- The offers of a product page are found seller by seller: no seller's offers keep out those of the others. The index
-- also serves what the one before it did.

CREATE INDEX CONCURRENTLY variant_by_page_and_seller
  ON catalog.variant (catalog.page_of_gtin(gtin), seller_id, id) WHERE gtin IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS catalog.variant_by_page;
