-- Validates the constraints of the migrations before, without keeping writers out.
-- fastshop: compatible

ALTER TABLE inventory.movement VALIDATE CONSTRAINT movement_reason_is_known;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_covers_what_is_reserved;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_safety_in_range;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_backorder_limit_in_range;
ALTER TABLE inventory.stock VALIDATE CONSTRAINT stock_backorders_have_a_date;
