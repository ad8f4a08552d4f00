-- fastshop: compatible
-- A product page has the texts of the offer that was on it first. The age of a product says nothing of that: a variant
-- of an old product may get the GTIN today.

ALTER TABLE catalog.variant ADD COLUMN gtin_set_at timestamptz;
ALTER TABLE catalog.variant ALTER COLUMN gtin_set_at SET DEFAULT clock_timestamp();
COMMENT ON COLUMN catalog.variant.gtin_set_at IS
  'Since when it has its GTIN, or has none; null for as long as there is the variant. A trigger writes it.';

CREATE FUNCTION catalog.gtin_since(id uuid, gtin_set_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT coalesce(gtin_set_at, to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0))
$$;
COMMENT ON FUNCTION catalog.gtin_since(uuid, timestamptz) IS
  'Since when a variant has its GTIN: when that was set, or else when the variant was made, which its UUID of version '
  '7 begins with.';

CREATE FUNCTION catalog.note_gtin() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.gtin_set_at := clock_timestamp();
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION catalog.note_gtin() IS 'Notes when a variant gets another GTIN, whoever writes it.';
CREATE TRIGGER variant_notes_gtin BEFORE UPDATE OF gtin ON catalog.variant
  FOR EACH ROW WHEN (lpad(OLD.gtin, 14, '0') IS DISTINCT FROM lpad(NEW.gtin, 14, '0'))
  EXECUTE FUNCTION catalog.note_gtin();
