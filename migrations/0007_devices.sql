-- Devices that are signed in by a code which their user approves elsewhere; and a check that Postgres cannot carry out.

CREATE TABLE identity.device_grant (
  device_hash bytea NOT NULL,
  user_code text NOT NULL,
  client_name text NOT NULL,
  ip_address text NOT NULL DEFAULT '',
  user_id uuid,
  decided_at timestamptz,
  is_approved boolean NOT NULL DEFAULT false,
  second_factor boolean NOT NULL DEFAULT false,
  last_polled_at timestamptz,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT device_grant_pkey PRIMARY KEY (device_hash),
  CONSTRAINT device_grant_user_code_key UNIQUE (user_code),
  CONSTRAINT device_grant_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT device_grant_hash_is_sha256 CHECK (octet_length(device_hash) = 32),
  CONSTRAINT device_grant_client_name_is_short CHECK (length(client_name) BETWEEN 1 AND 200),
  CONSTRAINT device_grant_decision_is_somebodys CHECK ((decided_at IS NULL) = (user_id IS NULL))
);
COMMENT ON TABLE identity.device_grant IS 'Devices without a keyboard that wait for their user to sign them in (RFC 8628).';
COMMENT ON COLUMN identity.device_grant.device_hash IS 'SHA-256 of the code that the device holds.';
COMMENT ON COLUMN identity.device_grant.user_code IS 'What the user types elsewhere.';
COMMENT ON COLUMN identity.device_grant.client_name IS 'What the device calls itself.';
COMMENT ON COLUMN identity.device_grant.ip_address IS 'Where the device asked from.';
COMMENT ON COLUMN identity.device_grant.user_id IS 'Who decided; null while nobody has.';
COMMENT ON COLUMN identity.device_grant.decided_at IS 'When the user decided; null before.';
COMMENT ON COLUMN identity.device_grant.is_approved IS 'Whether the user said yes.';
COMMENT ON COLUMN identity.device_grant.second_factor IS 'Whether the user had shown a second factor.';
COMMENT ON COLUMN identity.device_grant.last_polled_at IS 'When the device asked last.';
COMMENT ON COLUMN identity.device_grant.created_at IS 'When the device asked first.';
COMMENT ON COLUMN identity.device_grant.expires_at IS 'When it ends.';
COMMENT ON COLUMN identity.device_grant.used_at IS 'When the device received its tokens; null before.';
CREATE INDEX device_grant_by_expiry ON identity.device_grant (expires_at);

-- Its regular expression counted further than Postgres does.
ALTER TABLE identity.certificate DROP CONSTRAINT certificate_subject_has_a_kind;
ALTER TABLE identity.certificate
  ADD CONSTRAINT certificate_subject_has_a_kind CHECK (
    subject ~ '^(uri|dns|sha256):.' AND length(subject) <= 500);

CREATE INDEX login_challenge_of_user ON identity.login_challenge (user_id, created_at);
