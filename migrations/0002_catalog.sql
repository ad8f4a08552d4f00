-- What the shop offers: sellers, categories, products with variants and images.

CREATE SCHEMA catalog;
COMMENT ON SCHEMA catalog IS 'What the shop offers. Other rooms use its functions, never its tables.';

CREATE TABLE catalog.seller (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  slug text NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT seller_pkey PRIMARY KEY (id),
  CONSTRAINT seller_slug_key UNIQUE (slug),
  CONSTRAINT seller_slug_is_a_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  CONSTRAINT seller_name_is_short CHECK (length(name) BETWEEN 1 AND 200)
);
COMMENT ON TABLE catalog.seller IS 'Who offers products.';
COMMENT ON COLUMN catalog.seller.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.seller.slug IS 'Its name in addresses.';
COMMENT ON COLUMN catalog.seller.name IS 'Its name as shoppers read it.';
COMMENT ON COLUMN catalog.seller.created_at IS 'When it joined.';

CREATE TABLE catalog.category (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  parent_id uuid,
  slug text NOT NULL,
  path text COLLATE "C" NOT NULL,
  title text NOT NULL,
  lineage uuid[] NOT NULL,
  depth int NOT NULL GENERATED ALWAYS AS (cardinality(lineage) - 1) STORED,
  position int NOT NULL,
  place text COLLATE "C" NOT NULL,
  product_count bigint NOT NULL DEFAULT 0,
  CONSTRAINT category_pkey PRIMARY KEY (id),
  CONSTRAINT category_parent_fkey FOREIGN KEY (parent_id) REFERENCES catalog.category (id),
  CONSTRAINT category_path_key UNIQUE (path),
  CONSTRAINT category_slug_is_a_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  CONSTRAINT category_path_ends_in_slug CHECK (path = slug OR right(path, length(slug) + 1) = '/' || slug),
  CONSTRAINT category_title_is_short CHECK (length(title) BETWEEN 1 AND 200),
  CONSTRAINT category_lineage_ends_in_itself CHECK (lineage[cardinality(lineage)] = id),
  CONSTRAINT category_lineage_passes_its_parent CHECK (
    lineage[cardinality(lineage) - 1] IS NOT DISTINCT FROM parent_id),
  CONSTRAINT category_position_from_1_to_9999 CHECK (position BETWEEN 1 AND 9999),
  CONSTRAINT category_product_count_not_negative CHECK (product_count >= 0)
);
COMMENT ON TABLE catalog.category IS
  'A tree of shelves. Few (at most 10,000), read often, moved seldom: each knows its whole way from the root.';
COMMENT ON COLUMN catalog.category.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.category.parent_id IS 'The category above; null at the root.';
COMMENT ON COLUMN catalog.category.slug IS 'The last part of its path.';
COMMENT ON COLUMN catalog.category.path IS
  'Slugs from the root down, joined by "/". Bytewise order: a subtree is one range of the index.';
COMMENT ON COLUMN catalog.category.title IS 'What shoppers read.';
COMMENT ON COLUMN catalog.category.lineage IS 'Ids from the root down, itself last.';
COMMENT ON COLUMN catalog.category.depth IS 'How many stand above it.';
COMMENT ON COLUMN catalog.category.position IS 'Its place among its siblings, from 1.';
COMMENT ON COLUMN catalog.category.place IS
  'Positions from the root down, four digits each, joined by ".": its order is the order of the tree.';
COMMENT ON COLUMN catalog.category.product_count IS 'Active products in its subtree when last counted.';
CREATE INDEX category_by_place ON catalog.category (place);
CREATE INDEX category_by_parent ON catalog.category (parent_id);

CREATE TABLE catalog.product (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  seller_id uuid NOT NULL,
  category_id uuid NOT NULL,
  slug text NOT NULL,
  title text NOT NULL,
  description text NOT NULL DEFAULT '',
  brand text NOT NULL DEFAULT '',
  tags text[] NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'draft',
  price_minor bigint NOT NULL,
  currency text NOT NULL,
  rating_sum bigint NOT NULL DEFAULT 0,
  rating_count bigint NOT NULL DEFAULT 0,
  rating_score int NOT NULL GENERATED ALWAYS AS (((rating_sum * 1000 + 35000) / (rating_count + 10))::int) STORED,
  units_sold bigint NOT NULL DEFAULT 0,
  variants json NOT NULL DEFAULT '[]',
  images json NOT NULL DEFAULT '[]',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,
  CONSTRAINT product_pkey PRIMARY KEY (id),
  CONSTRAINT product_slug_key UNIQUE (slug),
  CONSTRAINT product_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id),
  CONSTRAINT product_category_fkey FOREIGN KEY (category_id) REFERENCES catalog.category (id),
  CONSTRAINT product_slug_is_a_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 200),
  CONSTRAINT product_title_is_short CHECK (length(title) BETWEEN 1 AND 300),
  CONSTRAINT product_description_is_bounded CHECK (length(description) <= 20000),
  CONSTRAINT product_brand_is_short CHECK (length(brand) <= 100),
  CONSTRAINT product_tags_are_few CHECK (cardinality(tags) <= 50),
  CONSTRAINT product_status_is_known CHECK (status IN ('draft', 'active', 'archived')),
  CONSTRAINT product_price_not_negative CHECK (price_minor >= 0),
  CONSTRAINT product_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT product_ratings_from_1_to_5 CHECK (rating_sum BETWEEN rating_count AND rating_count * 5),
  CONSTRAINT product_units_sold_not_negative CHECK (units_sold >= 0),
  CONSTRAINT product_active_is_published CHECK (status <> 'active' OR published_at IS NOT NULL)
) WITH (toast_tuple_target = 8160, fillfactor = 90);
COMMENT ON TABLE catalog.product IS
  'What sellers offer. A page of products is read from here alone: variants and images stand by as documents. Rows '
  'up to 8 kB stay in one piece, uncompressed.';
COMMENT ON COLUMN catalog.product.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.product.seller_id IS 'Who offers it: the shop''s key of distribution.';
COMMENT ON COLUMN catalog.product.category_id IS 'The category it stands in.';
COMMENT ON COLUMN catalog.product.slug IS 'Its name in addresses.';
COMMENT ON COLUMN catalog.product.title IS 'The heading shoppers read.';
COMMENT ON COLUMN catalog.product.description IS 'Plain text.';
COMMENT ON COLUMN catalog.product.brand IS 'Who made it; empty without a brand.';
COMMENT ON COLUMN catalog.product.tags IS 'Words the seller filed it under.';
COMMENT ON COLUMN catalog.product.status IS 'draft, active or archived: shoppers see the active.';
COMMENT ON COLUMN catalog.product.price_minor IS 'Price of its cheapest variant, in minor units.';
COMMENT ON COLUMN catalog.product.currency IS 'ISO 4217.';
COMMENT ON COLUMN catalog.product.rating_sum IS 'Sum of its reviews'' stars.';
COMMENT ON COLUMN catalog.product.rating_count IS 'How many reviews those are.';
COMMENT ON COLUMN catalog.product.rating_score IS
  'Mean rating in thousandths, as if ten more had given 3.5: what the sort by rating goes by.';
COMMENT ON COLUMN catalog.product.units_sold IS
  'Sold in the last 30 days when last counted: what the sort by popularity goes by.';
COMMENT ON COLUMN catalog.product.variants IS
  'Its rows of catalog.variant as the API''s JSON; refresh_product_documents() writes it.';
COMMENT ON COLUMN catalog.product.images IS
  'Its rows of catalog.image as the API''s JSON; refresh_product_documents() writes it.';
COMMENT ON COLUMN catalog.product.version IS 'Grows with each change: the etag.';
COMMENT ON COLUMN catalog.product.created_at IS 'When it was written down first.';
COMMENT ON COLUMN catalog.product.updated_at IS 'When it changed last.';
COMMENT ON COLUMN catalog.product.published_at IS 'When it went on sale; null before.';

-- One index for each way of listing: all, a seller's, a brand's; by age, price, rating, sales. Each is read both ways.
CREATE INDEX product_by_age ON catalog.product (published_at, id) WHERE status = 'active';
CREATE INDEX product_by_price ON catalog.product (price_minor, id) WHERE status = 'active';
CREATE INDEX product_by_rating ON catalog.product (rating_score, id) WHERE status = 'active';
CREATE INDEX product_by_sales ON catalog.product (units_sold, id) WHERE status = 'active';
CREATE INDEX product_of_seller_by_age ON catalog.product (seller_id, published_at, id) WHERE status = 'active';
CREATE INDEX product_of_seller_by_price ON catalog.product (seller_id, price_minor, id) WHERE status = 'active';
CREATE INDEX product_of_seller_by_rating ON catalog.product (seller_id, rating_score, id) WHERE status = 'active';
CREATE INDEX product_of_seller_by_sales ON catalog.product (seller_id, units_sold, id) WHERE status = 'active';
CREATE INDEX product_of_brand_by_age ON catalog.product (brand, published_at, id) WHERE status = 'active';
CREATE INDEX product_of_brand_by_price ON catalog.product (brand, price_minor, id) WHERE status = 'active';
CREATE INDEX product_of_brand_by_rating ON catalog.product (brand, rating_score, id) WHERE status = 'active';
CREATE INDEX product_of_brand_by_sales ON catalog.product (brand, units_sold, id) WHERE status = 'active';
CREATE INDEX product_by_category ON catalog.product (category_id);

CREATE TABLE catalog.variant (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  product_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  position int NOT NULL,
  sku text NOT NULL,
  title text NOT NULL DEFAULT '',
  options json NOT NULL DEFAULT '[]',
  price_minor bigint NOT NULL,
  currency text NOT NULL,
  CONSTRAINT variant_pkey PRIMARY KEY (id),
  CONSTRAINT variant_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.product (id),
  CONSTRAINT variant_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id),
  CONSTRAINT variant_sku_key UNIQUE (seller_id, sku),
  CONSTRAINT variant_position_key UNIQUE (product_id, position),
  CONSTRAINT variant_position_from_1_to_500 CHECK (position BETWEEN 1 AND 500),
  CONSTRAINT variant_sku_is_short CHECK (length(sku) BETWEEN 1 AND 64),
  CONSTRAINT variant_title_is_short CHECK (length(title) <= 200),
  CONSTRAINT variant_price_not_negative CHECK (price_minor >= 0),
  CONSTRAINT variant_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE catalog.variant IS 'The ways a product can be bought.';
COMMENT ON COLUMN catalog.variant.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.variant.product_id IS 'The product it is a variant of.';
COMMENT ON COLUMN catalog.variant.seller_id IS 'Who offers it.';
COMMENT ON COLUMN catalog.variant.position IS 'Its place among its siblings, from 1.';
COMMENT ON COLUMN catalog.variant.sku IS 'The seller''s own number for it.';
COMMENT ON COLUMN catalog.variant.title IS 'What tells it from its siblings.';
COMMENT ON COLUMN catalog.variant.options IS 'Choices that lead to it, in order: [{"name": …, "value": …}].';
COMMENT ON COLUMN catalog.variant.price_minor IS 'Price of one, tax included, in minor units.';
COMMENT ON COLUMN catalog.variant.currency IS 'ISO 4217.';

CREATE TABLE catalog.image (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  product_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  position int NOT NULL,
  url text NOT NULL,
  alt text NOT NULL DEFAULT '',
  width int NOT NULL,
  height int NOT NULL,
  CONSTRAINT image_pkey PRIMARY KEY (id),
  CONSTRAINT image_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.product (id),
  CONSTRAINT image_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id),
  CONSTRAINT image_position_key UNIQUE (product_id, position),
  CONSTRAINT image_position_from_1_to_100 CHECK (position BETWEEN 1 AND 100),
  CONSTRAINT image_url_is_short CHECK (length(url) BETWEEN 1 AND 1000),
  CONSTRAINT image_alt_is_short CHECK (length(alt) <= 300),
  CONSTRAINT image_has_a_size CHECK (width > 0 AND height > 0)
);
COMMENT ON TABLE catalog.image IS 'Pictures of products, by reference.';
COMMENT ON COLUMN catalog.image.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.image.product_id IS 'What it shows.';
COMMENT ON COLUMN catalog.image.seller_id IS 'Whose product that is.';
COMMENT ON COLUMN catalog.image.position IS 'Its place among the product''s pictures, from 1.';
COMMENT ON COLUMN catalog.image.url IS 'Where its bytes are: absolute, or a path below the media address.';
COMMENT ON COLUMN catalog.image.alt IS 'What a person who cannot see it should read.';
COMMENT ON COLUMN catalog.image.width IS 'In pixels.';
COMMENT ON COLUMN catalog.image.height IS 'In pixels.';

CREATE TABLE catalog.shelf (
  category_id uuid NOT NULL,
  product_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  brand text NOT NULL,
  price_minor bigint NOT NULL,
  rating_score int NOT NULL,
  units_sold bigint NOT NULL,
  published_at timestamptz NOT NULL,
  CONSTRAINT shelf_pkey PRIMARY KEY (category_id, product_id)
);
COMMENT ON TABLE catalog.shelf IS
  'Every active product, once for its category and once for each one above: a subtree in any order is one range of '
  'one index. Derived; shelve_products() writes it.';
COMMENT ON COLUMN catalog.shelf.category_id IS 'The product''s category, or one above.';
COMMENT ON COLUMN catalog.shelf.product_id IS 'The product.';
COMMENT ON COLUMN catalog.shelf.seller_id IS 'As on the product.';
COMMENT ON COLUMN catalog.shelf.brand IS 'As on the product.';
COMMENT ON COLUMN catalog.shelf.price_minor IS 'As on the product.';
COMMENT ON COLUMN catalog.shelf.rating_score IS 'As on the product.';
COMMENT ON COLUMN catalog.shelf.units_sold IS 'As on the product.';
COMMENT ON COLUMN catalog.shelf.published_at IS 'As on the product.';
CREATE INDEX shelf_of_product ON catalog.shelf (product_id);
CREATE INDEX shelf_by_age ON catalog.shelf (category_id, published_at, product_id);
CREATE INDEX shelf_by_price ON catalog.shelf (category_id, price_minor, product_id);
CREATE INDEX shelf_by_rating ON catalog.shelf (category_id, rating_score, product_id);
CREATE INDEX shelf_by_sales ON catalog.shelf (category_id, units_sold, product_id);

-- Whoever writes products calls these two before committing.

CREATE FUNCTION catalog.refresh_product_documents(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.product p
     SET variants = coalesce(
           (SELECT json_agg(
                     json_build_object(
                       'id', v.id, 'sku', v.sku, 'title', v.title, 'options', v.options,
                       'price', json_build_object('amountMinor', v.price_minor, 'currency', v.currency))
                     ORDER BY v.position)
              FROM catalog.variant v WHERE v.product_id = p.id), '[]'),
         images = coalesce(
           (SELECT json_agg(
                     json_build_object('id', i.id, 'url', i.url, 'alt', i.alt, 'width', i.width, 'height', i.height)
                     ORDER BY i.position)
              FROM catalog.image i WHERE i.product_id = p.id), '[]')
   WHERE p.id = ANY (products)
$$;
COMMENT ON FUNCTION catalog.refresh_product_documents(uuid[]) IS
  'Writes the variants and images of these products into their documents.';

CREATE FUNCTION catalog.shelve_products(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  DELETE FROM catalog.shelf WHERE product_id = ANY (products);
  INSERT INTO catalog.shelf
         (category_id, product_id, seller_id, brand, price_minor, rating_score, units_sold, published_at)
  SELECT above.id, p.id, p.seller_id, p.brand, p.price_minor, p.rating_score, p.units_sold, p.published_at
    FROM catalog.product p
    JOIN catalog.category c ON c.id = p.category_id
   CROSS JOIN LATERAL unnest(c.lineage) AS above (id)
   WHERE p.id = ANY (products) AND p.status = 'active'
$$;
COMMENT ON FUNCTION catalog.shelve_products(uuid[]) IS
  'Puts these products on the shelves they belong on, and takes them off all others.';

CREATE FUNCTION catalog.count_products() RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.category c
     SET product_count = counted.products
    FROM (SELECT c.id, count(s.product_id) AS products
            FROM catalog.category c LEFT JOIN catalog.shelf s ON s.category_id = c.id
           GROUP BY c.id) counted
   WHERE counted.id = c.id AND c.product_count <> counted.products
$$;
COMMENT ON FUNCTION catalog.count_products() IS 'Counts the active products of every category''s subtree.';

-- What other rooms may ask.

CREATE FUNCTION catalog.lineage_of_product(product uuid) RETURNS uuid[]
LANGUAGE sql STABLE
AS $$
  SELECT c.lineage FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id WHERE p.id = product
$$;
COMMENT ON FUNCTION catalog.lineage_of_product(uuid) IS
  'The categories a product stands in, from the root down. For other rooms.';

CREATE FUNCTION catalog.products_on_shelf(category uuid, since uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE
AS $$
  SELECT h.product_id FROM catalog.shelf h WHERE h.category_id = category AND h.product_id >= since
$$;
COMMENT ON FUNCTION catalog.products_on_shelf(uuid, uuid) IS
  'The active products in a category''s subtree, from an id on. For other rooms.';

CREATE FUNCTION catalog.product_exists(product uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT FROM catalog.product p WHERE p.id = product) $$;
COMMENT ON FUNCTION catalog.product_exists(uuid) IS 'Whether there is such a product. For other rooms.';

CREATE FUNCTION catalog.category_exists(category uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT FROM catalog.category c WHERE c.id = category) $$;
COMMENT ON FUNCTION catalog.category_exists(uuid) IS 'Whether there is such a category. For other rooms.';

CREATE FUNCTION catalog.seller_exists(seller uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT FROM catalog.seller s WHERE s.id = seller) $$;
COMMENT ON FUNCTION catalog.seller_exists(uuid) IS 'Whether there is such a seller. For other rooms.';
