-- fastshop: compatible
-- Files are locked in the order of their hashes, whatever order the rows have that use them.

CREATE OR REPLACE FUNCTION catalog.note_file_use() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM FROM catalog.media_file WHERE hash IN (OLD.file_hash, NEW.file_hash) ORDER BY hash FOR NO KEY UPDATE;
  END IF;
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
  'Notes that a row uses a file, or that one does no longer. Fails for a file that is being removed. Who deletes rows '
  'of several files calls lock_files() before.';

CREATE FUNCTION catalog.lock_files(product uuid, variants uuid[]) RETURNS void
LANGUAGE sql
AS $$
  SELECT f.hash
    FROM catalog.media_file f
   WHERE f.hash IN (SELECT i.file_hash FROM catalog.image i WHERE i.product_id = product
                     UNION ALL
                    SELECT a.file_hash FROM catalog.attachment a WHERE a.product_id = product
                     UNION ALL
                    SELECT d.file_hash FROM catalog.digital_file d WHERE d.variant_id = ANY (variants))
   ORDER BY f.hash
     FOR NO KEY UPDATE OF f
$$;
COMMENT ON FUNCTION catalog.lock_files(uuid, uuid[]) IS
  'Locks the files of a product''s images and attachments, and the digital files of variants, in the order of their '
  'hashes: for who has locked the product and deletes their rows next. NULL for no product.';
