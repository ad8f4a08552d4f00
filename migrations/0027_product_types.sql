-- fastshop: compatible
-- The platform says which attributes the products of a type have.

CREATE TABLE catalog.product_type (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  title text COLLATE "C" NOT NULL,
  attributes jsonb NOT NULL DEFAULT '[]',
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_type_pkey PRIMARY KEY (id),
  CONSTRAINT product_type_title_key UNIQUE (title),
  CONSTRAINT product_type_title_is_short CHECK (length(title) BETWEEN 1 AND 100),
  CONSTRAINT product_type_attributes_are_a_list CHECK (jsonb_typeof(attributes) = 'array')
);
COMMENT ON TABLE catalog.product_type IS 'Types of products, with their attributes. Few (at most 1,000).';
COMMENT ON COLUMN catalog.product_type.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.product_type.title IS 'What sellers read.';
COMMENT ON COLUMN catalog.product_type.attributes IS 'The attributes in their order, as the API''s JSON.';
COMMENT ON COLUMN catalog.product_type.version IS 'Grows by 1 with each change: the etag.';
COMMENT ON COLUMN catalog.product_type.created_at IS 'When it was created.';
COMMENT ON COLUMN catalog.product_type.updated_at IS 'When it changed last.';
CREATE INDEX product_type_by_title ON catalog.product_type (title, id);
