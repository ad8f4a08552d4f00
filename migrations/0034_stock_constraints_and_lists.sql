-- Validates the constraints of the migrations before, without keeping writers out. Then builds the indexes of the lists
-- of movements: last, because writers of the ledger, but not readers, wait until they are built. Postgres builds no
-- index of a partitioned table concurrently.
-- fastshop: compatible

ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_covers_what_is_reserved;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_on_hand_in_range;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_safety_in_range;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_backorder_limit_in_range;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_backorders_have_a_date;
ALTER TABLE inventory.movement VALIDATE CONSTRAINT movement_reason_is_known;

-- Of few products: those that are on sale have been told of.
UPDATE inventory.stock s SET is_told_on_sale = false
  FROM catalog.product_sight p WHERE p.id = s.product_id AND NOT p.is_on_sale;

CREATE INDEX movement_of_seller ON inventory.movement (seller_id, id);
CREATE INDEX movement_of_warehouse ON inventory.movement (coalesce(warehouse_id, seller_id), id);
