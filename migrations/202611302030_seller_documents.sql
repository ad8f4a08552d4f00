-- fastshop: compatible
-- Documents that prove what an application to sell says. Their contents are encrypted blobs.

CREATE TABLE sellers.document (
  id uuid NOT NULL,
  application_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'arriving',
  content_type text NOT NULL,
  size_bytes bigint NOT NULL,
  sealed bytea,
  remove_at timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT document_pkey PRIMARY KEY (id),
  CONSTRAINT document_application_fkey FOREIGN KEY (application_id) REFERENCES sellers.application (id),
  CONSTRAINT document_state_is_known CHECK (state IN ('arriving', 'stored', 'removed')),
  CONSTRAINT document_type_is_known CHECK (content_type IN ('application/pdf', 'image/jpeg', 'image/png')),
  CONSTRAINT document_size_in_range CHECK (size_bytes BETWEEN 1 AND 10485760),
  CONSTRAINT document_sealed_is_bounded CHECK (octet_length(sealed) <= 4096),
  CONSTRAINT document_has_a_key_until_removed CHECK ((sealed IS NULL) = (state = 'removed')),
  CONSTRAINT document_that_is_not_stored_is_removed CHECK (state = 'stored' OR remove_at IS NOT NULL)
);
COMMENT ON TABLE sellers.document IS
  'The documents of applications: at most 20 of one. A row is there before its blob and goes after it.';
COMMENT ON COLUMN sellers.document.id IS 'UUID of version 7: a part of the key of its blob.';
COMMENT ON COLUMN sellers.document.application_id IS 'The application.';
COMMENT ON COLUMN sellers.document.state IS
  'arriving until its application has it, stored, or removed: then nobody can read it, and its blob goes.';
COMMENT ON COLUMN sellers.document.content_type IS 'The type of the content, by the content.';
COMMENT ON COLUMN sellers.document.size_bytes IS 'The size of the content, before it was encrypted.';
COMMENT ON COLUMN sellers.document.sealed IS
  'The key that its content is encrypted with, and its name, sealed; null when it is removed.';
COMMENT ON COLUMN sellers.document.remove_at IS 'When it is removed; null for one that stays.';
COMMENT ON COLUMN sellers.document.created_at IS 'When its last byte had arrived.';
CREATE INDEX document_of_application ON sellers.document (application_id, id);
CREATE INDEX document_to_remove ON sellers.document (remove_at) WHERE remove_at IS NOT NULL;
