-- Images that callers upload: their files, and what has become of them.
-- fastshop: compatible

CREATE TABLE catalog.media_file (
  hash bytea NOT NULL,
  content_type text NOT NULL,
  size_bytes bigint NOT NULL,
  width int NOT NULL,
  height int NOT NULL,
  claimed_at timestamptz NOT NULL,
  rendered_at timestamptz,
  CONSTRAINT media_file_pkey PRIMARY KEY (hash),
  CONSTRAINT media_file_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT media_file_type_is_known CHECK (content_type IN ('image/jpeg', 'image/png', 'image/webp')),
  CONSTRAINT media_file_has_bytes CHECK (size_bytes > 0),
  CONSTRAINT media_file_has_a_size CHECK (width > 0 AND height > 0)
);
COMMENT ON TABLE catalog.media_file IS
  'Uploaded files in the blob store, each once whoever uploads it. A row is there before its blobs and goes after them.';
COMMENT ON COLUMN catalog.media_file.hash IS 'SHA-256 of the uploaded file: part of the keys of its blobs.';
COMMENT ON COLUMN catalog.media_file.content_type IS 'The type of the uploaded file, by its content.';
COMMENT ON COLUMN catalog.media_file.size_bytes IS 'The size of the uploaded file.';
COMMENT ON COLUMN catalog.media_file.width IS 'In pixels, upright.';
COMMENT ON COLUMN catalog.media_file.height IS 'In pixels, upright.';
COMMENT ON COLUMN catalog.media_file.claimed_at IS
  'When an upload of it began to store its blobs last. A file without images is removed an hour after that.';
COMMENT ON COLUMN catalog.media_file.rendered_at IS 'When its renditions were complete; null before.';
CREATE INDEX media_file_by_claim ON catalog.media_file (claimed_at);

ALTER TABLE catalog.image
  ADD COLUMN file_hash bytea CONSTRAINT image_file_fkey REFERENCES catalog.media_file (hash);
COMMENT ON COLUMN catalog.image.file_hash IS 'Its uploaded file; null for an image elsewhere.';
CREATE INDEX image_of_file ON catalog.image (file_hash) WHERE file_hash IS NOT NULL;

-- A statement may put the images of a product in another order.
ALTER TABLE catalog.image DROP CONSTRAINT image_position_key;
ALTER TABLE catalog.image ADD CONSTRAINT image_position_key UNIQUE (product_id, position) DEFERRABLE INITIALLY IMMEDIATE;
