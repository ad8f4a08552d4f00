-- fastshop: compatible
-- Warehouses say where they are, so that the nearest one can serve an order; reservations say by which rule they were
-- allocated.

ALTER TABLE inventory.warehouse
  ADD COLUMN latitude_microdegrees int,
  ADD COLUMN longitude_microdegrees int,
  ADD COLUMN country text NOT NULL DEFAULT '';
ALTER TABLE inventory.warehouse
  ADD CONSTRAINT warehouse_latitude_in_range
    CHECK (latitude_microdegrees BETWEEN -90000000 AND 90000000) NOT VALID,
  ADD CONSTRAINT warehouse_longitude_in_range
    CHECK (longitude_microdegrees BETWEEN -180000000 AND 180000000) NOT VALID,
  ADD CONSTRAINT warehouse_coordinates_are_two
    CHECK ((latitude_microdegrees IS NULL) = (longitude_microdegrees IS NULL)) NOT VALID,
  ADD CONSTRAINT warehouse_country_has_two_letters CHECK (country ~ '^([A-Z]{2})?$') NOT VALID;
COMMENT ON COLUMN inventory.warehouse.latitude_microdegrees IS
  'Degrees north times 1,000,000; null where the seller has not said where it is.';
COMMENT ON COLUMN inventory.warehouse.longitude_microdegrees IS
  'Degrees east times 1,000,000; null where the seller has not said where it is.';
COMMENT ON COLUMN inventory.warehouse.country IS 'Two letters of ISO 3166-1; empty where it is not known.';

ALTER TABLE inventory.allocation_rule ADD COLUMN by_distance boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN inventory.allocation_rule.by_distance IS
  'Whether the nearest warehouse comes first, where allocation_order is priority. A column of its own, because earlier '
  'releases do not know the order: they go by priority.';

ALTER TABLE inventory.reservation
  ADD COLUMN allocation_order text,
  ADD COLUMN distance_meters bigint;
ALTER TABLE inventory.reservation
  ADD CONSTRAINT reservation_order_is_known CHECK (allocation_order IN ('priority', 'stock', 'nearest')) NOT VALID,
  ADD CONSTRAINT reservation_distance_not_negative CHECK (distance_meters >= 0) NOT VALID;
COMMENT ON COLUMN inventory.reservation.allocation_order IS
  'The seller''s order of warehouses by which it was this one''s turn; null where it was not recorded.';
COMMENT ON COLUMN inventory.reservation.distance_meters IS
  'The distance from the warehouse to the destination; null where it did not decide, or is not known.';
