-- fastshop: compatible
-- Validates the constraints of 202611302031_nearest_warehouse.sql, without keeping writers out.

ALTER TABLE inventory.warehouse VALIDATE CONSTRAINT warehouse_latitude_in_range;
ALTER TABLE inventory.warehouse VALIDATE CONSTRAINT warehouse_longitude_in_range;
ALTER TABLE inventory.warehouse VALIDATE CONSTRAINT warehouse_coordinates_are_two;
ALTER TABLE inventory.warehouse VALIDATE CONSTRAINT warehouse_country_has_two_letters;
ALTER TABLE inventory.reservation VALIDATE CONSTRAINT reservation_order_is_known;
ALTER TABLE inventory.reservation VALIDATE CONSTRAINT reservation_distance_not_negative;
