-- fastshop: compatible
-- Validates the constraints of 202611302000_collections.sql and 202611302110_media_kinds.sql, without keeping writers
-- out.

ALTER TABLE catalog.former_slug VALIDATE CONSTRAINT former_slug_kind_is_known;
ALTER TABLE catalog.media_file VALIDATE CONSTRAINT media_file_type_is_of_its_kind;
ALTER TABLE catalog.media_file VALIDATE CONSTRAINT media_file_image_has_a_size;
