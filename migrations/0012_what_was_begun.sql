-- What a session or a password began ends with it; and nobody's mailbox is flooded by strangers.

ALTER TABLE identity.user ADD COLUMN credential_version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN identity.user.credential_version IS
  'Grows whenever a way to sign in changes, or sessions end together: what was begun before is then worth nothing.';

-- Everything that is begun and redeemed later notes under which version of its user's credentials it was begun, and in
-- which session. Rows of a program that does not know the column count as begun at the first version.

ALTER TABLE identity.mailed_token ADD COLUMN credential_version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN identity.mailed_token.credential_version IS
  'The version of the user''s credentials when it was made: good while that is still so.';

ALTER TABLE identity.login_challenge ADD COLUMN credential_version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN identity.login_challenge.credential_version IS
  'The version of the user''s credentials that the first factor was of: good while that is still so.';

ALTER TABLE identity.device_grant
  ADD COLUMN credential_version bigint NOT NULL DEFAULT 1,
  ADD COLUMN session_id uuid;
COMMENT ON COLUMN identity.device_grant.credential_version IS
  'The version of the user''s credentials when the user decided: good while that is still so.';
COMMENT ON COLUMN identity.device_grant.session_id IS
  'The session in which the user decided: good while it lives; null before, and for older decisions.';

ALTER TABLE identity.external_visit ADD COLUMN credential_version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN identity.external_visit.credential_version IS
  'Of whoever links, the version of their credentials when they began: good while that is still so.';

ALTER TABLE identity.totp
  ADD COLUMN credential_version bigint NOT NULL DEFAULT 1,
  ADD COLUMN session_id uuid;
COMMENT ON COLUMN identity.totp.credential_version IS
  'The version of the user''s credentials when the enrolment was begun: it can be confirmed while that is still so.';
COMMENT ON COLUMN identity.totp.session_id IS
  'The session in which the enrolment was begun: it can be confirmed while that lives; null for older ones.';

CREATE TABLE mail.recipient (
  kind text NOT NULL,
  key bytea NOT NULL,
  asked_at timestamptz[] NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT recipient_pkey PRIMARY KEY (kind, key),
  CONSTRAINT recipient_key_is_sha256 CHECK (octet_length(key) = 32)
) WITH (fillfactor = 70);
COMMENT ON TABLE mail.recipient IS
  'How many mails of a kind an address was sent of late, on behalf of strangers. Forgotten after a day.';
COMMENT ON COLUMN mail.recipient.kind IS 'What the mails are about, as in mail.message.';
COMMENT ON COLUMN mail.recipient.key IS 'SHA-256 of the mailbox: the address in lower case, without its "+tag".';
COMMENT ON COLUMN mail.recipient.asked_at IS 'When they were asked for, those of the last day.';
COMMENT ON COLUMN mail.recipient.last_at IS 'When the last one was.';
CREATE INDEX recipient_by_age ON mail.recipient (last_at);
