-- Signing in with accounts elsewhere (OpenID Connect).

CREATE TABLE identity.external_visit (
  state_hash bytea NOT NULL,
  secret_hash bytea NOT NULL,
  provider text NOT NULL,
  redirect_uri text NOT NULL,
  sealed bytea NOT NULL,
  user_id uuid,
  session_id uuid,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT external_visit_pkey PRIMARY KEY (state_hash),
  CONSTRAINT external_visit_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT external_visit_hashes_are_sha256 CHECK (octet_length(state_hash) = 32 AND octet_length(secret_hash) = 32),
  CONSTRAINT external_visit_texts_are_short CHECK (length(provider) <= 40 AND length(redirect_uri) <= 500),
  CONSTRAINT external_visit_links_in_a_session CHECK ((user_id IS NULL) = (session_id IS NULL))
);
COMMENT ON TABLE identity.external_visit IS
  'Browsers that were sent to a provider. Whoever comes back is forgotten at once, whoever is late soon.';
COMMENT ON COLUMN identity.external_visit.state_hash IS 'SHA-256 of the "state" that comes back.';
COMMENT ON COLUMN identity.external_visit.secret_hash IS 'SHA-256 of what only the same browser has.';
COMMENT ON COLUMN identity.external_visit.provider IS 'The provider''s key in the settings.';
COMMENT ON COLUMN identity.external_visit.redirect_uri IS 'Where the provider sends the browser back to.';
COMMENT ON COLUMN identity.external_visit.sealed IS
  'The secret half of PKCE, and the nonce that the provider''s token repeats, sealed.';
COMMENT ON COLUMN identity.external_visit.user_id IS 'Who links an account elsewhere to theirs; null for a sign-in.';
COMMENT ON COLUMN identity.external_visit.session_id IS 'In which session; null for a sign-in.';
COMMENT ON COLUMN identity.external_visit.created_at IS 'When it began.';
COMMENT ON COLUMN identity.external_visit.expires_at IS 'When it ends.';
CREATE INDEX external_visit_by_expiry ON identity.external_visit (expires_at);
CREATE INDEX external_visit_of_user ON identity.external_visit (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE identity.external_account (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  user_id uuid NOT NULL,
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  email text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL,
  last_sign_in_at timestamptz,
  CONSTRAINT external_account_pkey PRIMARY KEY (id),
  CONSTRAINT external_account_subject_key UNIQUE (issuer, subject),
  CONSTRAINT external_account_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT external_account_texts_are_short CHECK (
    length(issuer) <= 500 AND length(subject) BETWEEN 1 AND 255 AND length(email) <= 254)
);
COMMENT ON TABLE identity.external_account IS 'Accounts elsewhere that sign users in.';
COMMENT ON COLUMN identity.external_account.id IS 'UUID of version 7.';
COMMENT ON COLUMN identity.external_account.user_id IS 'Whom it signs in.';
COMMENT ON COLUMN identity.external_account.issuer IS 'The provider: the "iss" of its tokens.';
COMMENT ON COLUMN identity.external_account.subject IS
  'What the provider calls the person, for ever: the "sub" of its tokens. An address may change hands, this does not.';
COMMENT ON COLUMN identity.external_account.email IS
  'The address that the provider knew last; empty when it told none.';
COMMENT ON COLUMN identity.external_account.created_at IS 'When it was linked.';
COMMENT ON COLUMN identity.external_account.last_sign_in_at IS 'When it signed the user in last; null before.';
CREATE INDEX external_account_of_user ON identity.external_account (user_id, id);
