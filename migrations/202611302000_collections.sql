-- fastshop: compatible
-- The platform puts products together in collections: by name, or by a rule.

CREATE TABLE catalog.collection (
  id uuid NOT NULL,
  slug text COLLATE "C" NOT NULL,
  title text COLLATE "C" NOT NULL,
  description text NOT NULL DEFAULT '',
  rule jsonb,
  position int NOT NULL DEFAULT 0,
  visible_from timestamptz NOT NULL DEFAULT '-infinity',
  visible_until timestamptz NOT NULL DEFAULT 'infinity',
  seo_title text NOT NULL DEFAULT '',
  seo_description text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT collection_pkey PRIMARY KEY (id),
  CONSTRAINT collection_slug_key UNIQUE (slug),
  CONSTRAINT collection_title_is_short CHECK (length(title) BETWEEN 1 AND 200),
  CONSTRAINT collection_rule_is_an_object CHECK (jsonb_typeof(rule) = 'object'),
  CONSTRAINT collection_position_is_a_place CHECK (position BETWEEN 0 AND 9999),
  CONSTRAINT collection_is_visible_for_a_time CHECK (visible_from < visible_until)
);
COMMENT ON TABLE catalog.collection IS 'Collections of products. Few (at most 1,000).';
COMMENT ON COLUMN catalog.collection.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.collection.slug IS 'The name in addresses.';
COMMENT ON COLUMN catalog.collection.title IS 'What shoppers read.';
COMMENT ON COLUMN catalog.collection.description IS 'What shoppers read about it.';
COMMENT ON COLUMN catalog.collection.rule IS
  'Which products it has, as the API''s JSON. NULL: those of catalog.collection_product.';
COMMENT ON COLUMN catalog.collection.position IS 'Collections are listed by it.';
COMMENT ON COLUMN catalog.collection.visible_from IS 'From when on shoppers see it; -infinity from the beginning.';
COMMENT ON COLUMN catalog.collection.visible_until IS 'Until when shoppers see it; infinity for no end.';
COMMENT ON COLUMN catalog.collection.seo_title IS 'The title for search engines.';
COMMENT ON COLUMN catalog.collection.seo_description IS 'The description for search engines.';
COMMENT ON COLUMN catalog.collection.version IS 'Grows by 1 with each change: the etag.';
COMMENT ON COLUMN catalog.collection.created_at IS 'When it was created.';
COMMENT ON COLUMN catalog.collection.updated_at IS 'When it changed last.';
CREATE INDEX collection_by_position ON catalog.collection (position, title, id);

CREATE TABLE catalog.collection_product (
  collection_id uuid NOT NULL,
  product_id uuid NOT NULL,
  position int NOT NULL,
  CONSTRAINT collection_product_pkey PRIMARY KEY (collection_id, product_id),
  CONSTRAINT collection_product_collection_fkey FOREIGN KEY (collection_id) REFERENCES catalog.collection
    ON DELETE CASCADE,
  CONSTRAINT collection_product_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.product ON DELETE CASCADE
);
COMMENT ON TABLE catalog.collection_product IS 'The products that were put into collections. At most 1,000 each.';
COMMENT ON COLUMN catalog.collection_product.collection_id IS 'The collection.';
COMMENT ON COLUMN catalog.collection_product.product_id IS 'The product, of any status.';
COMMENT ON COLUMN catalog.collection_product.position IS 'The place in the collection, from 1. It may have gaps.';
CREATE INDEX collection_product_by_position ON catalog.collection_product (collection_id, position, product_id);
CREATE INDEX collection_product_of_product ON catalog.collection_product (product_id);

ALTER TABLE catalog.former_slug DROP CONSTRAINT former_slug_kind_is_known;
ALTER TABLE catalog.former_slug
  ADD CONSTRAINT former_slug_kind_is_known CHECK (kind IN ('product', 'category', 'collection')) NOT VALID;
COMMENT ON COLUMN catalog.former_slug.kind IS 'product, category or collection.';
CREATE TRIGGER collection_remembers_slug AFTER UPDATE OF slug ON catalog.collection
  FOR EACH ROW WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION catalog.remember_slug('collection');
CREATE TRIGGER collection_forgets_slugs AFTER DELETE ON catalog.collection
  FOR EACH ROW EXECUTE FUNCTION catalog.remember_slug('collection');
