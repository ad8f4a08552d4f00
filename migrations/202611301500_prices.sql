-- fastshop: compatible
-- Prices are a timeline: what each variant costs, in which list, from when until when. What has passed stays as it was.

CREATE FUNCTION catalog.keep_past() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'DELETE'
     OR to_jsonb(OLD) - TG_ARGV <> to_jsonb(NEW) - TG_ARGV
     OR NEW.starts_at <> OLD.starts_at AND least(NEW.starts_at, OLD.starts_at) < now()
     OR NEW.ends_at <> OLD.ends_at AND least(NEW.ends_at, OLD.ends_at) < now() THEN
    RAISE EXCEPTION 'what is past in catalog.% stays as it was', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION catalog.keep_past() IS
  'Lets a row change in the columns of its arguments alone, and its time from the present on. No row is deleted.';

CREATE TABLE catalog.price_list (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  seller_id uuid NOT NULL,
  title text NOT NULL,
  segment text NOT NULL DEFAULT '',
  channel text NOT NULL DEFAULT '',
  currency text NOT NULL,
  starts_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ends_at timestamptz NOT NULL DEFAULT 'infinity',
  deleted_at timestamptz,
  are_prices_ended boolean NOT NULL DEFAULT false,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT price_list_pkey PRIMARY KEY (id),
  CONSTRAINT price_list_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id),
  CONSTRAINT price_list_title_is_short CHECK (length(title) BETWEEN 1 AND 100),
  CONSTRAINT price_list_segment_is_a_code CHECK (segment ~ '^([a-z0-9]+(-[a-z0-9]+)*)?$' AND length(segment) <= 50),
  CONSTRAINT price_list_channel_is_a_code CHECK (channel ~ '^([a-z0-9]+(-[a-z0-9]+)*)?$' AND length(channel) <= 50),
  CONSTRAINT price_list_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT price_list_does_not_end_before_its_start CHECK (ends_at >= starts_at),
  CONSTRAINT price_list_ends_when_deleted CHECK (deleted_at IS NULL OR ends_at <= greatest(deleted_at, starts_at))
);
COMMENT ON TABLE catalog.price_list IS
  'Lists of prices of a seller. For one segment, channel and currency there is at most one at a time.';
COMMENT ON COLUMN catalog.price_list.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.price_list.seller_id IS 'The seller.';
COMMENT ON COLUMN catalog.price_list.title IS 'What people call it.';
COMMENT ON COLUMN catalog.price_list.segment IS 'The code of the customers that it is for; empty for all.';
COMMENT ON COLUMN catalog.price_list.channel IS 'The code of the sales channel that it is for; empty for all.';
COMMENT ON COLUMN catalog.price_list.currency IS 'ISO 4217: the currency of all its prices.';
COMMENT ON COLUMN catalog.price_list.starts_at IS 'From when it holds.';
COMMENT ON COLUMN catalog.price_list.ends_at IS 'Until when it holds; infinity without an end.';
COMMENT ON COLUMN catalog.price_list.deleted_at IS
  'When it was deleted; null before. The row stays, because the history of prices needs it.';
COMMENT ON COLUMN catalog.price_list.are_prices_ended IS
  'Whether its prices have ended, too: some time after the list, because there may be very many.';
COMMENT ON COLUMN catalog.price_list.version IS 'Grows by 1 with each change; the etag.';
COMMENT ON COLUMN catalog.price_list.created_at IS 'When it was created.';
COMMENT ON COLUMN catalog.price_list.updated_at IS 'When it last changed.';
CREATE INDEX price_list_of_seller ON catalog.price_list (seller_id, id) WHERE deleted_at IS NULL;
CREATE INDEX price_list_by_end ON catalog.price_list (ends_at) WHERE NOT are_prices_ended;
CREATE TRIGGER price_list_keeps_its_past BEFORE UPDATE OR DELETE ON catalog.price_list
  FOR EACH ROW EXECUTE FUNCTION catalog.keep_past(
    'title', 'starts_at', 'ends_at', 'deleted_at', 'are_prices_ended', 'version', 'updated_at');

CREATE TABLE catalog.price (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  seller_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  price_list_id uuid,
  quantity_min int NOT NULL DEFAULT 1,
  price_minor bigint NOT NULL,
  currency text NOT NULL,
  is_scheduled boolean NOT NULL DEFAULT false,
  starts_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ends_at timestamptz NOT NULL DEFAULT 'infinity',
  CONSTRAINT price_pkey PRIMARY KEY (id),
  CONSTRAINT price_price_list_fkey FOREIGN KEY (price_list_id) REFERENCES catalog.price_list (id),
  CONSTRAINT price_quantity_in_range CHECK (quantity_min BETWEEN 1 AND 1000000),
  CONSTRAINT price_of_quantities_is_in_a_list CHECK (price_list_id IS NOT NULL OR quantity_min = 1),
  CONSTRAINT price_not_negative CHECK (price_minor >= 0),
  CONSTRAINT price_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT price_does_not_end_before_its_start CHECK (ends_at >= starts_at),
  CONSTRAINT price_scheduled_has_an_end CHECK (NOT is_scheduled OR ends_at < 'infinity')
);
COMMENT ON TABLE catalog.price IS
  'What variants cost, cost once, and will cost. Writers lock the product. A variant''s own price is written by a '
  'trigger on catalog.variant. Rows outlive their variant.';
COMMENT ON COLUMN catalog.price.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.price.seller_id IS 'The seller of the variant.';
COMMENT ON COLUMN catalog.price.variant_id IS 'The variant.';
COMMENT ON COLUMN catalog.price.price_list_id IS 'The list that it is in; null for the variant''s own price.';
COMMENT ON COLUMN catalog.price.quantity_min IS 'The least quantity of an order line that it is for.';
COMMENT ON COLUMN catalog.price.price_minor IS 'Price of one, tax included, in minor units.';
COMMENT ON COLUMN catalog.price.currency IS 'ISO 4217.';
COMMENT ON COLUMN catalog.price.is_scheduled IS
  'Whether it takes the place of the price that would hold otherwise, for a time that was set before.';
COMMENT ON COLUMN catalog.price.starts_at IS 'From when it holds.';
COMMENT ON COLUMN catalog.price.ends_at IS
  'Until when it holds; infinity for the present price. The same as starts_at for one that never held.';
CREATE UNIQUE INDEX price_present_key ON catalog.price (variant_id, coalesce(price_list_id, variant_id), quantity_min)
  WHERE ends_at = 'infinity';
CREATE INDEX price_of_variant ON catalog.price (variant_id, starts_at, id);
CREATE INDEX price_of_variant_by_end ON catalog.price (variant_id, ends_at);
CREATE INDEX price_of_seller ON catalog.price (seller_id, id);
CREATE INDEX price_of_list ON catalog.price (price_list_id, id) WHERE price_list_id IS NOT NULL;
CREATE TRIGGER price_keeps_its_past BEFORE UPDATE OR DELETE ON catalog.price
  FOR EACH ROW EXECUTE FUNCTION catalog.keep_past('ends_at');

-- The own prices of variants, whoever writes them.

CREATE FUNCTION catalog.record_own_prices() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO catalog.price (seller_id, variant_id, price_minor, currency)
  SELECT m.seller_id, m.id, m.price_minor, m.currency FROM made m;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.record_own_prices() IS 'Begins the timelines of the prices of new variants.';

CREATE FUNCTION catalog.record_own_price() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  moment timestamptz := clock_timestamp();
BEGIN
  -- A clock that was set back makes no price end before its start.
  UPDATE catalog.price r
     SET ends_at = greatest(r.starts_at, moment)
   WHERE r.variant_id = OLD.id AND r.ends_at > moment
     AND (TG_OP = 'DELETE' OR r.price_list_id IS NULL AND NOT r.is_scheduled);
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO catalog.price (seller_id, variant_id, price_minor, currency, starts_at)
    VALUES (NEW.seller_id, NEW.id, NEW.price_minor, NEW.currency, moment);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.record_own_price() IS
  'Ends the present price of a variant, and begins the next one. All prices of a variant that is deleted end.';

CREATE TRIGGER variant_begins_price AFTER INSERT ON catalog.variant REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.record_own_prices();
CREATE TRIGGER variant_changes_price AFTER UPDATE OF price_minor, currency ON catalog.variant
  FOR EACH ROW WHEN ((OLD.price_minor, OLD.currency) IS DISTINCT FROM (NEW.price_minor, NEW.currency))
  EXECUTE FUNCTION catalog.record_own_price();
CREATE TRIGGER variant_ends_prices AFTER DELETE ON catalog.variant
  FOR EACH ROW EXECUTE FUNCTION catalog.record_own_price();
INSERT INTO catalog.price (seller_id, variant_id, price_minor, currency)
SELECT v.seller_id, v.id, v.price_minor, v.currency FROM catalog.variant v;

-- What shoppers see of a product has the own prices that hold now: the scheduled ones, where there are some.

CREATE FUNCTION catalog.variants_now(
  product uuid, OUT price_minor bigint, OUT currency text, OUT variants json)
LANGUAGE sql VOLATILE
AS $$
  SELECT min(n.price_minor), min(v.currency),
         coalesce(json_agg(
                    json_build_object(
                      'id', v.id, 'sku', v.sku, 'title', v.title, 'options', v.options,
                      'price', json_build_object('amountMinor', n.price_minor, 'currency', v.currency))
                    ORDER BY v.position), '[]')
    FROM catalog.variant v
   CROSS JOIN LATERAL (
     SELECT coalesce((SELECT r.price_minor
                        FROM catalog.price r
                       WHERE r.variant_id = v.id AND r.price_list_id IS NULL AND r.is_scheduled
                         AND r.currency = v.currency
                         AND r.starts_at <= clock_timestamp() AND r.ends_at > clock_timestamp()
                       LIMIT 1), v.price_minor) AS price_minor) n
   WHERE v.product_id = product
$$;
COMMENT ON FUNCTION catalog.variants_now(uuid) IS
  'The variants of a product as the API''s JSON, with the prices that hold now, and the price of the cheapest one.';

CREATE OR REPLACE FUNCTION catalog.refresh_product_documents(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.product p
     SET price_minor = n.price_minor, currency = n.currency, variants = n.variants,
         images = coalesce(
           (SELECT json_agg(
                     json_build_object('id', i.id, 'url', i.url, 'alt', i.alt, 'width', i.width, 'height', i.height)
                     ORDER BY i.position)
              FROM catalog.image i WHERE i.product_id = p.id), '[]')
    FROM unnest(products) AS q (id)
   CROSS JOIN LATERAL catalog.variants_now(q.id) n
   WHERE p.id = q.id
$$;
COMMENT ON FUNCTION catalog.refresh_product_documents(uuid[]) IS
  'Writes the variants and images of these products into their documents, and the price of the cheapest variant.';

CREATE FUNCTION catalog.renew_prices(products uuid[], regular uuid[])
RETURNS TABLE (product_id uuid, seller_id uuid, category_id uuid)
LANGUAGE sql
AS $$
  UPDATE catalog.product p
     SET price_minor = n.price_minor, currency = n.currency, variants = n.variants, version = p.version + 1,
         updated_at = clock_timestamp()
    FROM unnest(products) AS q (id)
   CROSS JOIN LATERAL catalog.variants_now(q.id) n
   WHERE p.id = q.id
     AND (p.id = ANY (regular)
          OR (p.price_minor, p.currency, p.variants::jsonb)
             IS DISTINCT FROM (n.price_minor, n.currency, n.variants::jsonb))
  RETURNING p.id, p.seller_id, p.category_id
$$;
COMMENT ON FUNCTION catalog.renew_prices(uuid[], uuid[]) IS
  'Writes the prices that hold now into the documents of products that the transaction has locked. Returns those whose '
  'version it has moved: where shoppers see another price, and those whose regular price was set.';

-- What a reduction is announced with: article 6a of the directive 98/6/EC.

CREATE FUNCTION catalog.prior_price(
  variant uuid, on_channel text, in_currency text, at timestamptz,
  OUT price_minor bigint, OUT starts_at timestamptz, OUT lowest_minor bigint)
LANGUAGE sql STABLE
AS $$
  WITH RECURSIVE newest AS MATERIALIZED (
    SELECT r.* FROM catalog.price r WHERE r.variant_id = variant ORDER BY r.ends_at DESC LIMIT 1000
  ), layer AS MATERIALIZED (
    -- What is in a higher layer is what shoppers pay. In each layer, there is one price at a time.
    SELECT o.price_minor, o.rank, tstzrange(o.starts_at, o.ends_at) AS during
      FROM (SELECT r.price_minor, greatest(r.starts_at, l.starts_at) AS starts_at,
                   least(r.ends_at, l.ends_at) AS ends_at,
                   CASE WHEN l.id IS NULL THEN 0 WHEN l.channel = '' THEN 2 ELSE 4 END
                     + r.is_scheduled::int AS rank
              FROM newest r
              LEFT JOIN catalog.price_list l ON l.id = r.price_list_id
             WHERE r.currency = in_currency AND r.quantity_min = 1
               AND (l.id IS NULL OR l.segment = '' AND l.channel IN ('', on_channel))) o
     WHERE o.starts_at < o.ends_at
  ), mask AS MATERIALIZED (
    SELECT k.rank, coalesce((SELECT range_agg(o.during) FROM layer o WHERE o.rank > k.rank), '{}') AS above
      FROM (SELECT DISTINCT y.rank FROM layer y) k
  ), masked AS NOT MATERIALIZED (
    SELECT y.price_minor, y.during, m.above FROM layer y JOIN mask m ON m.rank = y.rank
  ), step AS (
    -- Back from the present, while the price is the same: a sale that was extended began once.
    SELECT 0 AS number, n.price_minor,
           greatest(lower(n.during),
                    (SELECT max(upper(u)) FROM unnest(n.above) u WHERE upper(u) <= at)) AS starts_at
      FROM masked n
     WHERE n.during @> at AND NOT n.above @> at
     UNION ALL
    SELECT s.number + 1, n.price_minor,
           greatest(lower(n.during), (SELECT max(upper(u)) FROM unnest(n.above) u WHERE upper(u) <= t.before))
      FROM step s
     CROSS JOIN LATERAL (SELECT s.starts_at - interval '1 microsecond' AS before) t
      JOIN masked n ON n.during @> t.before AND NOT n.above @> t.before AND n.price_minor = s.price_minor
     WHERE s.number < 10
  ), present AS (
    -- Days of 24 hours, whatever the time zone of the session is.
    SELECT min(s.price_minor) AS price_minor, min(s.starts_at) AS starts_at,
           tstzrange(min(s.starts_at) - interval '720 hours', min(s.starts_at)) AS days
      FROM step s
  )
  SELECT n.price_minor, n.starts_at,
         (SELECT min(o.price_minor) FROM masked o WHERE o.during && n.days AND NOT o.during * n.days <@ o.above)
    FROM present n
   WHERE (SELECT count(*) < 1000 OR min(r.ends_at) <= lower(n.days) FROM newest r)
$$;
COMMENT ON FUNCTION catalog.prior_price(uuid, text, text, timestamptz) IS
  'What everybody pays for one of a variant at a time in a channel and a currency, since when, and the lowest price of '
  'the 30 days before. No row where there is no price, or where the variant has more prices since than are looked at.';
