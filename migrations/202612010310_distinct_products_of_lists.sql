-- fastshop: compatible
-- A page of a list has each product once. Postgres took from its statistics that a category may have a product again,
-- because its parents have it, and kept the rows of products that it had found for a page, which it never needed again.

ALTER TABLE catalog.shelf ALTER COLUMN product_id SET (n_distinct = -1);
ALTER TABLE catalog.channel_shelf ALTER COLUMN product_id SET (n_distinct = -1);
ANALYZE catalog.shelf (product_id);
ANALYZE catalog.channel_shelf (product_id);
