-- Images that callers upload: their files, and what becomes of them.
-- fastshop: compatible

CREATE TABLE catalog.media_file (
  hash bytea NOT NULL,
  content_type text NOT NULL,
  size_bytes bigint NOT NULL,
  width int NOT NULL,
  height int NOT NULL,
  unused_since timestamptz,
  removing_at timestamptz,
  rendered_at timestamptz,
  CONSTRAINT media_file_pkey PRIMARY KEY (hash),
  CONSTRAINT media_file_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT media_file_type_is_known CHECK (content_type IN ('image/jpeg', 'image/png', 'image/webp')),
  CONSTRAINT media_file_has_bytes CHECK (size_bytes > 0),
  CONSTRAINT media_file_has_a_size CHECK (width > 0 AND height > 0),
  CONSTRAINT media_file_is_unused_when_removed CHECK (removing_at IS NULL OR unused_since IS NOT NULL)
);
COMMENT ON TABLE catalog.media_file IS
  'Uploaded files in the blob store, each once whoever uploads it. A row is there before its blobs and goes after '
  'them.';
COMMENT ON COLUMN catalog.media_file.hash IS 'SHA-256 of the uploaded file: part of the keys of its blobs.';
COMMENT ON COLUMN catalog.media_file.content_type IS 'The type of the uploaded file, by its content.';
COMMENT ON COLUMN catalog.media_file.size_bytes IS 'The size of the uploaded file.';
COMMENT ON COLUMN catalog.media_file.width IS 'In pixels, upright.';
COMMENT ON COLUMN catalog.media_file.height IS 'In pixels, upright.';
COMMENT ON COLUMN catalog.media_file.unused_since IS
  'When an upload began to store it, or its last image went; null while an image shows it. Later it is removed.';
COMMENT ON COLUMN catalog.media_file.removing_at IS
  'When a server began to remove its blobs; null before. From then on, no image can show it.';
COMMENT ON COLUMN catalog.media_file.rendered_at IS 'When its renditions were complete; null before.';
CREATE INDEX media_file_unused ON catalog.media_file (unused_since) WHERE unused_since IS NOT NULL;

ALTER TABLE catalog.image
  ADD COLUMN file_hash bytea CONSTRAINT image_file_fkey REFERENCES catalog.media_file (hash);
COMMENT ON COLUMN catalog.image.file_hash IS 'Its uploaded file; null for an image elsewhere.';
CREATE INDEX image_of_file ON catalog.image (file_hash) WHERE file_hash IS NOT NULL;

-- A statement may put the images of a product in another order.
ALTER TABLE catalog.image DROP CONSTRAINT image_position_key;
ALTER TABLE catalog.image
  ADD CONSTRAINT image_position_key UNIQUE (product_id, position) DEFERRABLE INITIALLY IMMEDIATE;

CREATE FUNCTION catalog.note_file_use() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    -- Perhaps another image shows it: who removes files looks again.
    UPDATE catalog.media_file SET unused_since = now() WHERE hash = OLD.file_hash;
  ELSE
    UPDATE catalog.media_file SET unused_since = NULL WHERE hash = NEW.file_hash AND removing_at IS NULL;
    PERFORM platform.require(FOUND, 'media_file_is_kept');
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION catalog.note_file_use() IS
  'Notes that an image shows a file, or that one does no longer. Fails for a file that is being removed.';
CREATE TRIGGER image_shows_file AFTER INSERT ON catalog.image
  FOR EACH ROW WHEN (NEW.file_hash IS NOT NULL) EXECUTE FUNCTION catalog.note_file_use();
CREATE TRIGGER image_shows_file_no_longer AFTER DELETE ON catalog.image
  FOR EACH ROW WHEN (OLD.file_hash IS NOT NULL) EXECUTE FUNCTION catalog.note_file_use();
