-- fastshop: compatible
-- A channel listing has an etag, so that a change of it that is stale is refused.

ALTER TABLE catalog.channel_listing ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN catalog.channel_listing.version IS 'Grows by 1 each time it is set: the etag.';

CREATE FUNCTION catalog.renew_listing() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION catalog.renew_listing() IS
  'Gives a listing another version. A program of before there were versions sets listings, too, while it is replaced.';
CREATE TRIGGER channel_listing_version BEFORE UPDATE ON catalog.channel_listing
  FOR EACH ROW WHEN (NEW.version = OLD.version) EXECUTE FUNCTION catalog.renew_listing();
