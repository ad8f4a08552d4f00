-- A session says what its user showed first: not everybody has a password.

ALTER TABLE identity.session
  ADD COLUMN first_factor text NOT NULL DEFAULT 'password',
  ADD CONSTRAINT session_first_factor_is_known CHECK (first_factor IN ('password', 'external'));
COMMENT ON COLUMN identity.session.first_factor IS
  'What its user showed first: a password, or an account elsewhere. Tokens say so (amr). Those that began before this '
  'column was there count as begun with a password.';

ALTER TABLE identity.login_challenge
  ADD COLUMN first_factor text NOT NULL DEFAULT 'password',
  ADD CONSTRAINT login_challenge_first_factor_is_known CHECK (first_factor IN ('password', 'external'));
COMMENT ON COLUMN identity.login_challenge.first_factor IS 'What its user has shown; passed on to the session.';

ALTER TABLE identity.device_grant
  ADD COLUMN first_factor text NOT NULL DEFAULT 'password',
  ADD CONSTRAINT device_grant_first_factor_is_known CHECK (first_factor IN ('password', 'external'));
COMMENT ON COLUMN identity.device_grant.first_factor IS
  'What began the session in which the user decided; says nothing before. Passed on to the device''s session.';
