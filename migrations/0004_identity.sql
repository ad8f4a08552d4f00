-- Who uses the shop, and how they prove it: users, sessions, tokens, second factors, keys of programs.

CREATE SCHEMA identity;
COMMENT ON SCHEMA identity IS 'Who uses the shop, and how they prove it. Secrets stand here as hashes, or sealed.';

CREATE TABLE identity.role (
  name text NOT NULL,
  title text NOT NULL,
  permissions text[] NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT role_pkey PRIMARY KEY (name),
  CONSTRAINT role_name_is_a_name CHECK (name ~ '^[a-z][a-z0-9-]{0,49}$'),
  CONSTRAINT role_title_is_short CHECK (length(title) BETWEEN 1 AND 100),
  CONSTRAINT role_permissions_are_few CHECK (cardinality(permissions) <= 100)
);
COMMENT ON TABLE identity.role IS 'Roles that the platform''s people have made, beside the built-in ones.';
COMMENT ON COLUMN identity.role.name IS 'Its name; never that of a built-in role.';
COMMENT ON COLUMN identity.role.title IS 'What people read.';
COMMENT ON COLUMN identity.role.permissions IS 'What it may do, by the permissions'' names.';
COMMENT ON COLUMN identity.role.version IS 'Grows by 1 with each change.';
COMMENT ON COLUMN identity.role.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.role.updated_at IS 'When it changed last.';

CREATE TABLE identity.user (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  email text NOT NULL,
  email_key text COLLATE "C" NOT NULL,
  email_verified_at timestamptz,
  password_hash text,
  display_name text NOT NULL,
  locale text NOT NULL DEFAULT '',
  phone text NOT NULL DEFAULT '',
  role text NOT NULL DEFAULT 'customer',
  seller_id uuid,
  disabled_at timestamptz,
  disabled_reason text NOT NULL DEFAULT '',
  token_version bigint NOT NULL DEFAULT 1,
  version bigint NOT NULL DEFAULT 1,
  last_login_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT user_pkey PRIMARY KEY (id),
  CONSTRAINT user_email_key_key UNIQUE (email_key),
  CONSTRAINT user_email_is_short CHECK (length(email) BETWEEN 3 AND 254),
  CONSTRAINT user_display_name_is_short CHECK (length(display_name) BETWEEN 1 AND 100),
  CONSTRAINT user_locale_is_short CHECK (length(locale) <= 35),
  CONSTRAINT user_phone_is_short CHECK (length(phone) <= 20),
  CONSTRAINT user_role_is_a_name CHECK (role ~ '^[a-z][a-z0-9-]{0,49}$'),
  CONSTRAINT user_disabled_reason_is_short CHECK (length(disabled_reason) <= 500)
);
COMMENT ON TABLE identity.user IS 'One row a person.';
COMMENT ON COLUMN identity.user.id IS 'UUID of version 7.';
COMMENT ON COLUMN identity.user.email IS 'The address as its owner writes it.';
COMMENT ON COLUMN identity.user.email_key IS 'The address in lower case: what makes two addresses the same.';
COMMENT ON COLUMN identity.user.email_verified_at IS 'When the owner proved that the address is theirs; null before.';
COMMENT ON COLUMN identity.user.password_hash IS
  'Argon2id, or bcrypt where it was imported and has not been used since; null when the user has no password.';
COMMENT ON COLUMN identity.user.display_name IS 'What others call them.';
COMMENT ON COLUMN identity.user.locale IS 'Language and region for what we write to them; empty for the shop''s own.';
COMMENT ON COLUMN identity.user.phone IS 'Their telephone number in the form of E.164; empty when not given.';
COMMENT ON COLUMN identity.user.role IS 'A built-in role''s name, or one of identity.role.';
COMMENT ON COLUMN identity.user.seller_id IS 'The shop they run; null for others.';
COMMENT ON COLUMN identity.user.disabled_at IS 'When somebody locked them out; null while they may sign in.';
COMMENT ON COLUMN identity.user.disabled_reason IS 'Why, for whoever administers.';
COMMENT ON COLUMN identity.user.token_version IS
  'Access tokens of an older version are refused: grows when what they say is no longer so.';
COMMENT ON COLUMN identity.user.version IS 'Grows by 1 with each change; the etag.';
COMMENT ON COLUMN identity.user.last_login_at IS 'When a session began last.';
COMMENT ON COLUMN identity.user.created_at IS 'When they registered.';
COMMENT ON COLUMN identity.user.updated_at IS 'When anything here changed last.';
CREATE INDEX user_by_role ON identity.user (role, id) WHERE role <> 'customer';
CREATE INDEX user_by_seller ON identity.user (seller_id) WHERE seller_id IS NOT NULL;

CREATE TABLE identity.session (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  user_id uuid NOT NULL,
  device text NOT NULL DEFAULT '',
  ip_address text NOT NULL DEFAULT '',
  second_factor boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  last_active_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text,
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT session_device_is_short CHECK (length(device) <= 200),
  CONSTRAINT session_ip_address_is_short CHECK (length(ip_address) <= 45),
  CONSTRAINT session_end_has_a_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  CONSTRAINT session_end_reason_is_known CHECK (
    end_reason IN ('logged_out', 'ended_by_user', 'displaced', 'token_reused', 'password_changed', 'disabled'))
) WITH (fillfactor = 80);
COMMENT ON TABLE identity.session IS
  'One sign-in on one device: the family of all refresh tokens that came of it. Kept for a while after its end.';
COMMENT ON COLUMN identity.session.id IS 'UUID of version 7.';
COMMENT ON COLUMN identity.session.user_id IS 'Who signed in.';
COMMENT ON COLUMN identity.session.device IS 'What the device calls itself.';
COMMENT ON COLUMN identity.session.ip_address IS 'Where it was seen last.';
COMMENT ON COLUMN identity.session.second_factor IS 'Whether a second factor was shown.';
COMMENT ON COLUMN identity.session.created_at IS 'When it began: the oldest ends when there are too many.';
COMMENT ON COLUMN identity.session.last_active_at IS 'When it was refreshed last.';
COMMENT ON COLUMN identity.session.expires_at IS 'When it ends by itself unless it is refreshed before.';
COMMENT ON COLUMN identity.session.ended_at IS 'When it was ended; null while it lives.';
COMMENT ON COLUMN identity.session.end_reason IS 'Why it was ended.';
CREATE INDEX session_of_user ON identity.session (user_id, created_at) WHERE ended_at IS NULL;
CREATE INDEX session_by_end ON identity.session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX session_by_expiry ON identity.session (expires_at);

CREATE TABLE identity.refresh_token (
  hash bytea NOT NULL,
  session_id uuid NOT NULL,
  issued_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT refresh_token_pkey PRIMARY KEY (hash),
  CONSTRAINT refresh_token_session_fkey FOREIGN KEY (session_id) REFERENCES identity.session (id) ON DELETE CASCADE,
  CONSTRAINT refresh_token_hash_is_sha256 CHECK (octet_length(hash) = 32)
);
COMMENT ON TABLE identity.refresh_token IS
  'The tokens of a session, one after another. The used ones stay, so that their second use is noticed.';
COMMENT ON COLUMN identity.refresh_token.hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN identity.refresh_token.session_id IS 'The session.';
COMMENT ON COLUMN identity.refresh_token.issued_at IS 'When it was given out.';
COMMENT ON COLUMN identity.refresh_token.used_at IS 'When it was exchanged for the next one; null while it is good.';
CREATE INDEX refresh_token_of_session ON identity.refresh_token (session_id);

CREATE TABLE identity.mailed_token (
  hash bytea NOT NULL,
  purpose text NOT NULL,
  user_id uuid NOT NULL,
  email_key text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT mailed_token_pkey PRIMARY KEY (hash),
  CONSTRAINT mailed_token_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT mailed_token_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT mailed_token_purpose_is_known CHECK (purpose IN ('verify_email', 'reset_password'))
);
COMMENT ON TABLE identity.mailed_token IS 'Tokens that were mailed, each good for one thing, once, for a while.';
COMMENT ON COLUMN identity.mailed_token.hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN identity.mailed_token.purpose IS 'What it is good for.';
COMMENT ON COLUMN identity.mailed_token.user_id IS 'Whose it is.';
COMMENT ON COLUMN identity.mailed_token.email_key IS 'The address it was sent to: it proves nothing of another one.';
COMMENT ON COLUMN identity.mailed_token.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.mailed_token.expires_at IS 'When it ends.';
COMMENT ON COLUMN identity.mailed_token.used_at IS 'When it was used, or replaced by a later one; null while it is good.';
CREATE INDEX mailed_token_of_user ON identity.mailed_token (user_id, purpose);
CREATE INDEX mailed_token_by_expiry ON identity.mailed_token (expires_at);

CREATE TABLE identity.login_challenge (
  hash bytea NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  wrong_codes int NOT NULL DEFAULT 0,
  used_at timestamptz,
  CONSTRAINT login_challenge_pkey PRIMARY KEY (hash),
  CONSTRAINT login_challenge_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT login_challenge_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT login_challenge_wrong_codes_not_negative CHECK (wrong_codes >= 0)
);
COMMENT ON TABLE identity.login_challenge IS 'Log-ins whose password was right and whose second factor is awaited.';
COMMENT ON COLUMN identity.login_challenge.hash IS 'SHA-256 of the challenge''s token.';
COMMENT ON COLUMN identity.login_challenge.user_id IS 'Who is signing in.';
COMMENT ON COLUMN identity.login_challenge.created_at IS 'When the password was given.';
COMMENT ON COLUMN identity.login_challenge.expires_at IS 'When it ends.';
COMMENT ON COLUMN identity.login_challenge.wrong_codes IS 'Codes that were wrong; after a few it ends.';
COMMENT ON COLUMN identity.login_challenge.used_at IS 'When the right code was given; null while it waits.';
CREATE INDEX login_challenge_by_expiry ON identity.login_challenge (expires_at);

CREATE TABLE identity.totp (
  user_id uuid NOT NULL,
  secret bytea NOT NULL,
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_step bigint NOT NULL DEFAULT 0,
  CONSTRAINT totp_pkey PRIMARY KEY (user_id),
  CONSTRAINT totp_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE
);
COMMENT ON TABLE identity.totp IS 'Secrets shared with authenticators (RFC 6238).';
COMMENT ON COLUMN identity.totp.user_id IS 'Whose authenticator.';
COMMENT ON COLUMN identity.totp.secret IS 'The secret, sealed.';
COMMENT ON COLUMN identity.totp.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.totp.confirmed_at IS 'When its first code was seen; null while it does not count yet.';
COMMENT ON COLUMN identity.totp.last_step IS 'The time step of the last code that was taken: none is taken twice.';

CREATE TABLE identity.recovery_code (
  user_id uuid NOT NULL,
  hash bytea NOT NULL,
  used_at timestamptz,
  CONSTRAINT recovery_code_pkey PRIMARY KEY (user_id, hash),
  CONSTRAINT recovery_code_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT recovery_code_hash_is_sha256 CHECK (octet_length(hash) = 32)
);
COMMENT ON TABLE identity.recovery_code IS 'What replaces an authenticator that is lost, each code once.';
COMMENT ON COLUMN identity.recovery_code.user_id IS 'Whose code.';
COMMENT ON COLUMN identity.recovery_code.hash IS 'SHA-256 of the user''s id and the code, which has 80 random bits.';
COMMENT ON COLUMN identity.recovery_code.used_at IS 'When it was used; null while it is good.';

CREATE TABLE identity.signing_key (
  id text NOT NULL,
  public_key bytea NOT NULL,
  private_key bytea NOT NULL,
  created_at timestamptz NOT NULL,
  signs_from timestamptz NOT NULL,
  signs_until timestamptz NOT NULL,
  verifies_until timestamptz NOT NULL,
  CONSTRAINT signing_key_pkey PRIMARY KEY (id),
  CONSTRAINT signing_key_public_key_is_a_point CHECK (octet_length(public_key) = 65),
  CONSTRAINT signing_key_times_are_in_order CHECK (
    created_at <= signs_from AND signs_from < signs_until AND signs_until < verifies_until)
);
COMMENT ON TABLE identity.signing_key IS 'The keys that access tokens are signed with (ECDSA P-256), one after another.';
COMMENT ON COLUMN identity.signing_key.id IS 'The "kid" of the tokens: the JWK thumbprint (RFC 7638) of the key.';
COMMENT ON COLUMN identity.signing_key.public_key IS 'The uncompressed point.';
COMMENT ON COLUMN identity.signing_key.private_key IS 'The private key in PKCS #8, sealed.';
COMMENT ON COLUMN identity.signing_key.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.signing_key.signs_from IS 'When it begins to sign: once every server knows it.';
COMMENT ON COLUMN identity.signing_key.signs_until IS 'When the next one takes over.';
COMMENT ON COLUMN identity.signing_key.verifies_until IS 'When no token that it signed is good any more.';

CREATE TABLE identity.address (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  user_id uuid NOT NULL,
  label text NOT NULL DEFAULT '',
  recipient text NOT NULL,
  company text NOT NULL DEFAULT '',
  street_lines text[] NOT NULL,
  city text NOT NULL,
  region text NOT NULL DEFAULT '',
  postal_code text NOT NULL DEFAULT '',
  country text NOT NULL,
  phone text NOT NULL DEFAULT '',
  is_default_shipping boolean NOT NULL DEFAULT false,
  is_default_billing boolean NOT NULL DEFAULT false,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT address_pkey PRIMARY KEY (id),
  CONSTRAINT address_user_fkey FOREIGN KEY (user_id) REFERENCES identity.user (id) ON DELETE CASCADE,
  CONSTRAINT address_texts_are_short CHECK (
    length(label) <= 50 AND length(recipient) BETWEEN 1 AND 100 AND length(company) <= 100
    AND length(city) BETWEEN 1 AND 100 AND length(region) <= 100 AND length(postal_code) <= 20
    AND length(phone) <= 20),
  CONSTRAINT address_has_1_to_4_lines CHECK (cardinality(street_lines) BETWEEN 1 AND 4),
  CONSTRAINT address_country_is_a_code CHECK (country ~ '^[A-Z]{2}$')
);
COMMENT ON TABLE identity.address IS 'Where users have things sent, and bills.';
COMMENT ON COLUMN identity.address.id IS 'UUID of version 7.';
COMMENT ON COLUMN identity.address.user_id IS 'Whose address book it is in.';
COMMENT ON COLUMN identity.address.label IS 'What its owner calls it: "home".';
COMMENT ON COLUMN identity.address.recipient IS 'Who receives there.';
COMMENT ON COLUMN identity.address.company IS 'The firm; empty for none.';
COMMENT ON COLUMN identity.address.street_lines IS 'Street, number, floor: as they are written.';
COMMENT ON COLUMN identity.address.city IS 'City, town or village.';
COMMENT ON COLUMN identity.address.region IS 'State or province, where the country has them in addresses.';
COMMENT ON COLUMN identity.address.postal_code IS 'Postal code, where the country has them.';
COMMENT ON COLUMN identity.address.country IS 'ISO 3166-1, two letters.';
COMMENT ON COLUMN identity.address.phone IS 'A telephone number for the carrier in the form of E.164; empty for none.';
COMMENT ON COLUMN identity.address.is_default_shipping IS 'Whether things go there unless the user says otherwise.';
COMMENT ON COLUMN identity.address.is_default_billing IS 'Whether bills go there unless the user says otherwise.';
COMMENT ON COLUMN identity.address.version IS 'Grows by 1 with each change; the etag.';
COMMENT ON COLUMN identity.address.created_at IS 'When it was entered.';
COMMENT ON COLUMN identity.address.updated_at IS 'When it changed last.';
CREATE INDEX address_of_user ON identity.address (user_id, id);
CREATE UNIQUE INDEX address_default_shipping_key ON identity.address (user_id) WHERE is_default_shipping;
CREATE UNIQUE INDEX address_default_billing_key ON identity.address (user_id) WHERE is_default_billing;

CREATE TABLE identity.invitation (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  hash bytea NOT NULL,
  email text NOT NULL,
  email_key text COLLATE "C" NOT NULL,
  role text NOT NULL,
  invited_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT invitation_pkey PRIMARY KEY (id),
  CONSTRAINT invitation_hash_key UNIQUE (hash),
  CONSTRAINT invitation_inviter_fkey FOREIGN KEY (invited_by) REFERENCES identity.user (id),
  CONSTRAINT invitation_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT invitation_role_is_a_name CHECK (role ~ '^[a-z][a-z0-9-]{0,49}$')
);
COMMENT ON TABLE identity.invitation IS 'Invitations to work for the platform, by mail.';
COMMENT ON COLUMN identity.invitation.id IS 'UUID of version 7.';
COMMENT ON COLUMN identity.invitation.hash IS 'SHA-256 of the token in the mail.';
COMMENT ON COLUMN identity.invitation.email IS 'Who is invited.';
COMMENT ON COLUMN identity.invitation.email_key IS 'The address in lower case.';
COMMENT ON COLUMN identity.invitation.role IS 'The role they will have.';
COMMENT ON COLUMN identity.invitation.invited_by IS 'Who invited them.';
COMMENT ON COLUMN identity.invitation.created_at IS 'When they were invited.';
COMMENT ON COLUMN identity.invitation.expires_at IS 'When it ends.';
COMMENT ON COLUMN identity.invitation.accepted_at IS 'When they accepted; null before.';
COMMENT ON COLUMN identity.invitation.revoked_at IS 'When it was taken back; null while it stands.';
CREATE INDEX invitation_by_email ON identity.invitation (email_key);

CREATE TABLE identity.api_key (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  name text NOT NULL,
  owner_id uuid NOT NULL,
  seller_id uuid,
  hint text NOT NULL,
  hash bytea NOT NULL,
  previous_hash bytea,
  previous_until timestamptz,
  scopes text[] NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CONSTRAINT api_key_pkey PRIMARY KEY (id),
  CONSTRAINT api_key_hash_key UNIQUE (hash),
  CONSTRAINT api_key_owner_fkey FOREIGN KEY (owner_id) REFERENCES identity.user (id),
  CONSTRAINT api_key_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT api_key_hint_is_short CHECK (length(hint) BETWEEN 4 AND 12),
  CONSTRAINT api_key_hash_is_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT api_key_previous_hash_is_sha256 CHECK (octet_length(previous_hash) = 32),
  CONSTRAINT api_key_previous_has_an_end CHECK ((previous_hash IS NULL) = (previous_until IS NULL)),
  CONSTRAINT api_key_has_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 100)
);
COMMENT ON TABLE identity.api_key IS 'Keys of programs that call the API.';
COMMENT ON COLUMN identity.api_key.id IS 'UUID of version 7.';
COMMENT ON COLUMN identity.api_key.name IS 'What its owner calls it.';
COMMENT ON COLUMN identity.api_key.owner_id IS 'Who made it. It ends with them.';
COMMENT ON COLUMN identity.api_key.seller_id IS 'The shop whose things it reaches; null for all that its scopes allow.';
COMMENT ON COLUMN identity.api_key.hint IS 'The key''s last letters, to tell keys apart.';
COMMENT ON COLUMN identity.api_key.hash IS 'SHA-256 of the key.';
COMMENT ON COLUMN identity.api_key.previous_hash IS 'SHA-256 of the key before the last rotation; null when there is none.';
COMMENT ON COLUMN identity.api_key.previous_until IS 'Until when that one is still good.';
COMMENT ON COLUMN identity.api_key.scopes IS 'What it may do, by the permissions'' names.';
COMMENT ON COLUMN identity.api_key.expires_at IS 'When it ends; null for never.';
COMMENT ON COLUMN identity.api_key.revoked_at IS 'When it was ended; null while it is good.';
COMMENT ON COLUMN identity.api_key.last_used_at IS 'When it was used last, to the minute or so.';
COMMENT ON COLUMN identity.api_key.version IS 'Grows by 1 with each change; the etag.';
COMMENT ON COLUMN identity.api_key.created_at IS 'When it was made.';
COMMENT ON COLUMN identity.api_key.updated_at IS 'When it changed last.';
CREATE INDEX api_key_of_owner ON identity.api_key (owner_id, id);

CREATE TABLE identity.certificate (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  name text NOT NULL,
  subject text NOT NULL,
  owner_id uuid NOT NULL,
  seller_id uuid,
  scopes text[] NOT NULL,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT certificate_pkey PRIMARY KEY (id),
  CONSTRAINT certificate_owner_fkey FOREIGN KEY (owner_id) REFERENCES identity.user (id),
  CONSTRAINT certificate_name_is_short CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT certificate_subject_has_a_kind CHECK (subject ~ '^(uri|dns|sha256):.{1,500}$'),
  CONSTRAINT certificate_has_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 100)
);
COMMENT ON TABLE identity.certificate IS 'Programs that prove who they are by a client certificate.';
COMMENT ON COLUMN identity.certificate.id IS 'UUID of version 7.';
COMMENT ON COLUMN identity.certificate.name IS 'What people call the program.';
COMMENT ON COLUMN identity.certificate.subject IS
  'What the certificate must show: "uri:" or "dns:" with an alternative name, or "sha256:" with its fingerprint.';
COMMENT ON COLUMN identity.certificate.owner_id IS 'Who entered it. It ends with them.';
COMMENT ON COLUMN identity.certificate.seller_id IS 'The shop whose things it reaches; null for all that its scopes allow.';
COMMENT ON COLUMN identity.certificate.scopes IS 'What it may do, by the permissions'' names.';
COMMENT ON COLUMN identity.certificate.revoked_at IS 'When it was ended; null while it is good.';
COMMENT ON COLUMN identity.certificate.created_at IS 'When it was entered.';
CREATE UNIQUE INDEX certificate_subject_key ON identity.certificate (subject) WHERE revoked_at IS NULL;
