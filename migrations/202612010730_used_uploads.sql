-- fastshop: compatible
-- An upload past the servers is added once.

CREATE TABLE catalog.used_upload (
  upload_id uuid NOT NULL,
  used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT used_upload_pkey PRIMARY KEY (upload_id)
);
COMMENT ON TABLE catalog.used_upload IS
  'The uploads past the servers that were added to a product or a variant. The same transaction adds them.';
COMMENT ON COLUMN catalog.used_upload.upload_id IS 'The id in the upload''s token and key.';
COMMENT ON COLUMN catalog.used_upload.used_at IS
  'When it was added. Two days later, its blob is gone, and the row can go, too.';
CREATE INDEX used_upload_by_time ON catalog.used_upload (used_at);
