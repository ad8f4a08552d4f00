-- Videos and documents of products, and what is sold as files and licence keys.
-- fastshop: compatible

-- An upload of an earlier program is an image.
ALTER TABLE catalog.media_file
  ADD COLUMN kind text NOT NULL DEFAULT 'image',
  ALTER COLUMN width DROP NOT NULL,
  ALTER COLUMN height DROP NOT NULL,
  DROP CONSTRAINT media_file_type_is_known,
  ADD CONSTRAINT media_file_type_is_of_its_kind CHECK (
    CASE kind
      WHEN 'image' THEN content_type IN ('image/jpeg', 'image/png', 'image/webp')
      WHEN 'video' THEN content_type IN ('video/mp4', 'video/webm')
      WHEN 'document' THEN content_type = 'application/pdf'
      WHEN 'digital_file' THEN content_type = 'application/octet-stream'
      ELSE false
    END) NOT VALID,
  ADD CONSTRAINT media_file_image_has_a_size CHECK (
    (kind = 'image') = (width IS NOT NULL AND height IS NOT NULL)) NOT VALID;
COMMENT ON TABLE catalog.media_file IS
  'Uploaded files in the blob store, each once for a kind whoever uploads it. A row is there before its blobs and goes '
  'after them.';
COMMENT ON COLUMN catalog.media_file.hash IS
  'Part of the keys of its blobs: of an image, the SHA-256 of the uploaded file; of others, that of the kind and it.';
COMMENT ON COLUMN catalog.media_file.kind IS 'image, video, document, or digital_file, to which no address leads.';
COMMENT ON COLUMN catalog.media_file.width IS 'Of an image in pixels, upright; null for others.';
COMMENT ON COLUMN catalog.media_file.height IS 'Of an image in pixels, upright; null for others.';
COMMENT ON COLUMN catalog.media_file.unused_since IS
  'When an upload began to store it, or its last use ended; null while an image, an attachment or a digital file is '
  'made of it. Later it is removed.';

CREATE TABLE catalog.attachment (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  product_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  position int NOT NULL,
  kind text NOT NULL,
  url text NOT NULL,
  title text NOT NULL DEFAULT '',
  file_hash bytea NOT NULL,
  CONSTRAINT attachment_pkey PRIMARY KEY (id),
  CONSTRAINT attachment_product_fkey FOREIGN KEY (product_id) REFERENCES catalog.product (id) ON DELETE CASCADE,
  CONSTRAINT attachment_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id),
  CONSTRAINT attachment_file_fkey FOREIGN KEY (file_hash) REFERENCES catalog.media_file (hash),
  CONSTRAINT attachment_position_key UNIQUE (product_id, position) DEFERRABLE INITIALLY IMMEDIATE,
  CONSTRAINT attachment_position_from_1_to_30 CHECK (position BETWEEN 1 AND 30),
  CONSTRAINT attachment_kind_is_known CHECK (kind IN ('video', 'document')),
  CONSTRAINT attachment_url_is_short CHECK (length(url) BETWEEN 1 AND 1000),
  CONSTRAINT attachment_title_is_short CHECK (length(title) <= 300)
);
COMMENT ON TABLE catalog.attachment IS 'Videos and documents of products.';
COMMENT ON COLUMN catalog.attachment.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.attachment.product_id IS 'The product it belongs to.';
COMMENT ON COLUMN catalog.attachment.seller_id IS 'Whose product that is.';
COMMENT ON COLUMN catalog.attachment.position IS 'Its place among the attachments of the product, from 1.';
COMMENT ON COLUMN catalog.attachment.kind IS 'video or document.';
COMMENT ON COLUMN catalog.attachment.url IS 'Where its bytes are: absolute, or a path below the media address.';
COMMENT ON COLUMN catalog.attachment.title IS 'What shoppers read.';
COMMENT ON COLUMN catalog.attachment.file_hash IS 'Its uploaded file.';
CREATE INDEX attachment_of_file ON catalog.attachment (file_hash);

ALTER TABLE catalog.product ADD COLUMN attachments json NOT NULL DEFAULT '[]';
COMMENT ON COLUMN catalog.product.attachments IS
  'Its rows of catalog.attachment as the API''s JSON; refresh_product_attachments() writes it.';

CREATE FUNCTION catalog.refresh_product_attachments(products uuid[]) RETURNS void
LANGUAGE sql
AS $$
  UPDATE catalog.product p
     SET attachments = coalesce(
           (SELECT json_agg(
                     json_build_object(
                       'id', a.id, 'kind', 'MEDIA_KIND_' || upper(a.kind), 'url', a.url, 'title', a.title,
                       'contentType', f.content_type, 'sizeBytes', f.size_bytes)
                     ORDER BY a.position)
              FROM catalog.attachment a JOIN catalog.media_file f ON f.hash = a.file_hash
             WHERE a.product_id = p.id), '[]')
   WHERE p.id = ANY (products)
$$;
COMMENT ON FUNCTION catalog.refresh_product_attachments(uuid[]) IS
  'Writes the videos and documents of these products into their documents.';

CREATE TABLE catalog.digital_file (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  variant_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  file_name text NOT NULL,
  file_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT digital_file_pkey PRIMARY KEY (id),
  CONSTRAINT digital_file_variant_fkey FOREIGN KEY (variant_id) REFERENCES catalog.variant (id) ON DELETE CASCADE,
  CONSTRAINT digital_file_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id),
  CONSTRAINT digital_file_file_fkey FOREIGN KEY (file_hash) REFERENCES catalog.media_file (hash),
  CONSTRAINT digital_file_name_is_short CHECK (length(file_name) BETWEEN 1 AND 200)
);
COMMENT ON TABLE catalog.digital_file IS 'Files that are sold with a variant. Nobody gets them by an address.';
COMMENT ON COLUMN catalog.digital_file.id IS 'UUID of version 7, which stays when the content is replaced.';
COMMENT ON COLUMN catalog.digital_file.variant_id IS 'The variant it is sold with.';
COMMENT ON COLUMN catalog.digital_file.seller_id IS 'Whose variant that is.';
COMMENT ON COLUMN catalog.digital_file.file_name IS 'The name that shoppers get it under.';
COMMENT ON COLUMN catalog.digital_file.file_hash IS 'Its uploaded file.';
COMMENT ON COLUMN catalog.digital_file.created_at IS 'When it was first uploaded.';
COMMENT ON COLUMN catalog.digital_file.updated_at IS 'When its content was last uploaded.';
CREATE INDEX digital_file_of_variant ON catalog.digital_file (variant_id, id);
CREATE INDEX digital_file_of_file ON catalog.digital_file (file_hash);

CREATE TABLE catalog.licence_key (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  variant_id uuid NOT NULL,
  seller_id uuid NOT NULL,
  key_hash bytea NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  given_at timestamptz,
  CONSTRAINT licence_key_pkey PRIMARY KEY (id),
  CONSTRAINT licence_key_variant_fkey FOREIGN KEY (variant_id) REFERENCES catalog.variant (id) ON DELETE CASCADE,
  CONSTRAINT licence_key_seller_fkey FOREIGN KEY (seller_id) REFERENCES catalog.seller (id),
  CONSTRAINT licence_key_hash_key UNIQUE (variant_id, key_hash),
  CONSTRAINT licence_key_hash_has_32_bytes CHECK (octet_length(key_hash) = 32)
);
COMMENT ON TABLE catalog.licence_key IS 'Licence keys that are sold with a variant, each to one shopper.';
COMMENT ON COLUMN catalog.licence_key.id IS 'UUID of version 7.';
COMMENT ON COLUMN catalog.licence_key.variant_id IS 'The variant it is sold with.';
COMMENT ON COLUMN catalog.licence_key.seller_id IS 'Whose variant that is.';
COMMENT ON COLUMN catalog.licence_key.key_hash IS 'Blind index of the key, so that none is added twice.';
COMMENT ON COLUMN catalog.licence_key.sealed IS 'The key, sealed for its row.';
COMMENT ON COLUMN catalog.licence_key.created_at IS 'When it was added.';
COMMENT ON COLUMN catalog.licence_key.given_at IS 'When a shopper got it; null before.';
CREATE INDEX licence_key_not_given ON catalog.licence_key (variant_id, id) WHERE given_at IS NULL;

ALTER TABLE catalog.variant ADD COLUMN is_digital boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN catalog.variant.is_digital IS
  'Whether it has digital files or licence keys, also such that were given to shoppers: it is not shipped.';

CREATE OR REPLACE FUNCTION catalog.note_file_use() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    -- Perhaps something else is made of it: who removes files looks again.
    UPDATE catalog.media_file SET unused_since = now() WHERE hash = OLD.file_hash;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE catalog.media_file SET unused_since = NULL WHERE hash = NEW.file_hash AND removing_at IS NULL;
    PERFORM platform.require(FOUND, 'media_file_is_kept');
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.note_file_use() IS
  'Notes that a row uses a file, or that one does no longer. Fails for a file that is being removed.';
CREATE TRIGGER attachment_uses_file AFTER INSERT OR DELETE ON catalog.attachment
  FOR EACH ROW EXECUTE FUNCTION catalog.note_file_use();
CREATE TRIGGER digital_file_uses_file AFTER INSERT OR DELETE ON catalog.digital_file
  FOR EACH ROW EXECUTE FUNCTION catalog.note_file_use();
CREATE TRIGGER digital_file_uses_another_file AFTER UPDATE OF file_hash ON catalog.digital_file
  FOR EACH ROW WHEN (OLD.file_hash <> NEW.file_hash) EXECUTE FUNCTION catalog.note_file_use();

-- The variants of a product as shoppers see them say which ones are digital.
CREATE OR REPLACE FUNCTION catalog.variants_now(
  product uuid, OUT price_minor bigint, OUT currency text, OUT variants json)
LANGUAGE sql VOLATILE
AS $$
  SELECT min(n.price_minor), min(v.currency),
         coalesce(json_agg(
                    json_strip_nulls(
                      json_build_object(
                        'id', v.id, 'sku', v.sku, 'title', v.title, 'options', v.options,
                        'price', json_build_object('amountMinor', n.price_minor, 'currency', v.currency),
                        'isDigital', nullif(v.is_digital, false)))
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
