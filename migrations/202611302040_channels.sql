-- fastshop: compatible
-- Sales channels: several storefronts, each with the products that it shows. And from when a product can be bought.

CREATE TABLE catalog.channel (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  code text COLLATE "C" NOT NULL,
  title text NOT NULL,
  storefront_url text NOT NULL DEFAULT '',
  currency text NOT NULL,
  language text NOT NULL DEFAULT '',
  is_active boolean NOT NULL DEFAULT false,
  assortment text NOT NULL DEFAULT 'all',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT channel_pkey PRIMARY KEY (id),
  CONSTRAINT channel_code_key UNIQUE (code),
  CONSTRAINT channel_code_is_a_code CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(code) <= 50),
  CONSTRAINT channel_title_is_short CHECK (length(title) BETWEEN 1 AND 100),
  CONSTRAINT channel_storefront_url_is_https CHECK (
    storefront_url ~ '^(https://.+)?$' AND length(storefront_url) <= 500),
  CONSTRAINT channel_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT channel_language_is_short CHECK (length(language) <= 35),
  CONSTRAINT channel_assortment_is_known CHECK (assortment IN ('all', 'listed'))
);
COMMENT ON TABLE catalog.channel IS
  'The sales channels. Few (at most 200), and kept: price lists and listings name them. They are switched off instead.';
COMMENT ON COLUMN catalog.channel.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.channel.code IS 'What requests and price lists call it. It never changes.';
COMMENT ON COLUMN catalog.channel.title IS 'What people call it.';
COMMENT ON COLUMN catalog.channel.storefront_url IS 'Where its storefront is; empty without one.';
COMMENT ON COLUMN catalog.channel.currency IS 'ISO 4217: the currency of its storefront.';
COMMENT ON COLUMN catalog.channel.language IS
  'BCP 47: the language of its storefront; empty for the shop''s own language.';
COMMENT ON COLUMN catalog.channel.is_active IS 'Whether shoppers can read products in it.';
COMMENT ON COLUMN catalog.channel.assortment IS
  'Which products it shows: all without those that a listing excludes, or only those that a listing lists.';
COMMENT ON COLUMN catalog.channel.version IS 'Grows by 1 with each change: the etag.';
COMMENT ON COLUMN catalog.channel.created_at IS 'When it was created.';
COMMENT ON COLUMN catalog.channel.updated_at IS 'When it last changed.';

-- Price lists name channels by code since before there were channels. From now on, new lists name one that exists.
INSERT INTO catalog.channel (code, title, currency, is_active)
SELECT l.channel, l.channel, min(l.currency), true
  FROM catalog.price_list l
 WHERE l.channel <> '' AND l.deleted_at IS NULL
 GROUP BY l.channel;

CREATE TABLE catalog.channel_listing (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  product_id uuid NOT NULL,
  channel_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  is_listed boolean NOT NULL,
  visible_from timestamptz,
  buyable_from timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT channel_listing_pkey PRIMARY KEY (product_id, channel_id),
  CONSTRAINT channel_listing_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.product (id) ON DELETE CASCADE,
  CONSTRAINT channel_listing_channel_fkey FOREIGN KEY (channel_id) REFERENCES catalog.channel (id),
  CONSTRAINT channel_listing_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id)
);
COMMENT ON TABLE catalog.channel_listing IS
  'What sellers say of a product in a channel. Whoever writes one has locked the tree, shared, and the product.';
COMMENT ON COLUMN catalog.channel_listing.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.channel_listing.product_id IS 'The product.';
COMMENT ON COLUMN catalog.channel_listing.channel_id IS 'The channel.';
COMMENT ON COLUMN catalog.channel_listing.seller_id IS 'As on the product.';
COMMENT ON COLUMN catalog.channel_listing.is_listed IS
  'Whether the channel shows the product, whatever its assortment is.';
COMMENT ON COLUMN catalog.channel_listing.visible_from IS
  'From when the channel shows the product, while it is on sale; null for as soon as it is.';
COMMENT ON COLUMN catalog.channel_listing.buyable_from IS
  'From when it can be bought in the channel; null for when the product itself can.';
COMMENT ON COLUMN catalog.channel_listing.created_at IS 'When it was set first.';
COMMENT ON COLUMN catalog.channel_listing.updated_at IS 'When it was last set.';
-- A read of a product in a channel finds its listing by this or by the key, whatever the planner knows of the channel.
CREATE INDEX channel_listing_of_channel ON catalog.channel_listing (channel_id, product_id);
CREATE INDEX channel_listing_of_seller ON catalog.channel_listing (seller_id, channel_id, product_id);

CREATE TABLE catalog.channel_shelf (
  channel_id uuid NOT NULL,
  scope_id uuid NOT NULL,
  product_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  brand text NOT NULL,
  price_minor bigint NOT NULL,
  rating_score int NOT NULL,
  units_sold bigint NOT NULL,
  published_at timestamptz NOT NULL,
  CONSTRAINT channel_shelf_pkey PRIMARY KEY (product_id, channel_id, scope_id),
  CONSTRAINT channel_shelf_listing_fkey FOREIGN KEY (product_id, channel_id)
    REFERENCES catalog.channel_listing (product_id, channel_id) ON DELETE CASCADE
);
COMMENT ON TABLE catalog.channel_shelf IS
  'Every active product that a channel lists, once for each set of products that a shopper can ask for: all, those of '
  'its seller, those of its brand, and those of each category that has it. So each set in any order is one range of '
  'one index. Derived from catalog.shelf by triggers, also where the channel shows all products.';
COMMENT ON COLUMN catalog.channel_shelf.channel_id IS 'The channel.';
COMMENT ON COLUMN catalog.channel_shelf.scope_id IS
  'The set: zero for all, the id of a seller or of a category, or what brand_scope() makes of a brand.';
COMMENT ON COLUMN catalog.channel_shelf.product_id IS 'The product.';
COMMENT ON COLUMN catalog.channel_shelf.seller_id IS 'As on the product.';
COMMENT ON COLUMN catalog.channel_shelf.brand IS 'As on the product.';
COMMENT ON COLUMN catalog.channel_shelf.price_minor IS 'As on the product.';
COMMENT ON COLUMN catalog.channel_shelf.rating_score IS 'As on the product.';
COMMENT ON COLUMN catalog.channel_shelf.units_sold IS 'As on the product.';
COMMENT ON COLUMN catalog.channel_shelf.published_at IS 'As on the product.';
CREATE INDEX channel_shelf_by_age ON catalog.channel_shelf (channel_id, scope_id, published_at, product_id);
CREATE INDEX channel_shelf_by_price ON catalog.channel_shelf (channel_id, scope_id, price_minor, product_id);
CREATE INDEX channel_shelf_by_rating ON catalog.channel_shelf (channel_id, scope_id, rating_score, product_id);
CREATE INDEX channel_shelf_by_sales ON catalog.channel_shelf (channel_id, scope_id, units_sold, product_id);

CREATE FUNCTION catalog.brand_scope(brand text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT md5('brand ' || brand)::uuid $$;
COMMENT ON FUNCTION catalog.brand_scope(text) IS
  'The products of a brand, as a scope of catalog.channel_shelf. Readers compare the brand, too.';

CREATE FUNCTION catalog.shelve_in_channels(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  WITH shelved AS MATERIALIZED (
    SELECT DISTINCT ON (h.product_id) h.*
      FROM catalog.shelf h
     WHERE h.product_id = ANY (products)
     ORDER BY h.product_id, h.category_id
  ), wanted AS MATERIALIZED (
    SELECT l.channel_id, o.scope_id, h.product_id, h.seller_id, h.brand, h.price_minor, h.rating_score, h.units_sold,
           h.published_at
      FROM shelved h
      JOIN catalog.channel_listing l ON l.product_id = h.product_id AND l.is_listed
     CROSS JOIN LATERAL (
       SELECT c.category_id FROM catalog.shelf c WHERE c.product_id = h.product_id
        UNION ALL
       SELECT catalog.brand_scope(h.brand) WHERE h.brand <> ''
        UNION ALL
       VALUES ('00000000-0000-0000-0000-000000000000'::uuid), (h.seller_id)) o (scope_id)
  ), gone AS (
    DELETE FROM catalog.channel_shelf h
     WHERE h.product_id = ANY (products)
       AND NOT EXISTS (SELECT FROM wanted w
                        WHERE w.product_id = h.product_id AND w.channel_id = h.channel_id AND w.scope_id = h.scope_id)
  )
  INSERT INTO catalog.channel_shelf AS h
         (channel_id, scope_id, product_id, seller_id, brand, price_minor, rating_score, units_sold, published_at)
  SELECT w.* FROM wanted w ORDER BY w.product_id, w.channel_id, w.scope_id
      ON CONFLICT ON CONSTRAINT channel_shelf_pkey DO UPDATE
         SET seller_id = excluded.seller_id, brand = excluded.brand, price_minor = excluded.price_minor,
             rating_score = excluded.rating_score, units_sold = excluded.units_sold,
             published_at = excluded.published_at
       WHERE (h.seller_id, h.brand, h.price_minor, h.rating_score, h.units_sold, h.published_at)
             IS DISTINCT FROM (excluded.seller_id, excluded.brand, excluded.price_minor, excluded.rating_score,
                               excluded.units_sold, excluded.published_at)
$$;
COMMENT ON FUNCTION catalog.shelve_in_channels(uuid[]) IS
  'Makes the rows of these products in catalog.channel_shelf what follows from their shelves and listings. Rows that '
  'are right already stay. Triggers call it; the transaction has locked the products, or the tree.';

CREATE FUNCTION catalog.follow_shelf() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  listed uuid[];
BEGIN
  SELECT array_agg(h.product_id) INTO listed
    FROM (SELECT DISTINCT c.product_id FROM changed c) h
   WHERE EXISTS (SELECT FROM catalog.channel_listing l WHERE l.product_id = h.product_id AND l.is_listed);
  IF listed IS NOT NULL THEN
    PERFORM catalog.shelve_in_channels(listed);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.follow_shelf() IS
  'Brings catalog.channel_shelf in step with catalog.shelf, for the products that a channel lists.';

CREATE FUNCTION catalog.follow_listing() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM catalog.shelve_in_channels(array_agg(DISTINCT c.product_id)) FROM changed c HAVING count(*) > 0;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.follow_listing() IS 'Brings catalog.channel_shelf in step with listings that were written.';

CREATE TRIGGER channel_listing_shelves_added AFTER INSERT ON catalog.channel_listing REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.follow_listing();
CREATE TRIGGER channel_listing_shelves_changed AFTER UPDATE ON catalog.channel_listing REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.follow_listing();

-- The tables that are read all the time. Their names make them run after the counts.

CREATE TRIGGER shelf_in_channels_added AFTER INSERT ON catalog.shelf REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.follow_shelf();
CREATE TRIGGER shelf_in_channels_changed AFTER UPDATE ON catalog.shelf REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.follow_shelf();
CREATE TRIGGER shelf_in_channels_removed AFTER DELETE ON catalog.shelf REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION catalog.follow_shelf();

ALTER TABLE catalog.product ADD COLUMN buyable_from timestamptz;
COMMENT ON COLUMN catalog.product.buyable_from IS
  'From when it can be bought, once it is on sale; null for as soon as it is. A channel may have another time.';
