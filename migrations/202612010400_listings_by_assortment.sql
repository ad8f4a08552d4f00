-- fastshop: compatible
-- A listing may say when a product is visible or can be bought, and leave it to the channel's assortment whether it is
-- shown. An older server reads such a listing right: what is not true lists nothing, and what is not false excludes
-- nothing.

ALTER TABLE catalog.channel_listing ALTER COLUMN is_listed DROP NOT NULL;
COMMENT ON COLUMN catalog.channel_listing.is_listed IS
  'Whether the channel shows the product, whatever its assortment is; null to leave that to the assortment.';
