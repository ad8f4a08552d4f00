-- What ends rights is noted beside the event log: servers read it in any order, and wait for nobody's transaction.

CREATE TABLE identity.revocation (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL,
  subject uuid,
  version bigint NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT revocation_pkey PRIMARY KEY (id),
  CONSTRAINT revocation_kind_is_known CHECK (kind IN ('session', 'user', 'program', 'signing_key')),
  CONSTRAINT revocation_has_a_subject CHECK ((subject IS NULL) = (kind = 'signing_key'))
);
COMMENT ON TABLE identity.revocation IS
  'What has ended rights, or may have, written by triggers in the transaction that did it. Kept for two days.';
COMMENT ON COLUMN identity.revocation.id IS 'The order of reading in pages. Says nothing about the order of commits.';
COMMENT ON COLUMN identity.revocation.xid IS
  'The transaction that wrote it: a server reads what its last snapshot did not see.';
COMMENT ON COLUMN identity.revocation.kind IS
  'session: it has ended. user: access tokens below the version are over, and programs are read again. program: a key '
  'or a certificate has changed. signing_key: a key of access tokens may be withdrawn.';
COMMENT ON COLUMN identity.revocation.subject IS 'The session, the user or the program; null for signing keys.';
COMMENT ON COLUMN identity.revocation.version IS 'The lowest version of the user''s access tokens that is good.';
COMMENT ON COLUMN identity.revocation.at IS 'When its transaction began.';
CREATE INDEX revocation_by_xid ON identity.revocation (xid);
CREATE INDEX revocation_by_time ON identity.revocation (at);

-- Tokens say which role their user has, and in which shop. Whatever changes that ends them, be it by hand.

CREATE FUNCTION identity.end_tokens_of_user() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.token_version := OLD.token_version + 1;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION identity.end_tokens_of_user() IS 'Ends the access tokens of a user who may do something else now.';

CREATE TRIGGER user_ends_tokens BEFORE UPDATE OF role, seller_id, disabled_at ON identity.user
  FOR EACH ROW
  WHEN ((OLD.role, OLD.seller_id, OLD.disabled_at) IS DISTINCT FROM (NEW.role, NEW.seller_id, NEW.disabled_at)
        AND OLD.token_version = NEW.token_version)
  EXECUTE FUNCTION identity.end_tokens_of_user();

CREATE FUNCTION identity.end_tokens_of_role() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE identity.user SET token_version = token_version + 1, updated_at = now() WHERE role = OLD.name;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION identity.end_tokens_of_role() IS 'Ends the access tokens of all who have a changed role.';

CREATE TRIGGER role_ends_tokens AFTER UPDATE OF permissions OR DELETE ON identity.role
  FOR EACH ROW EXECUTE FUNCTION identity.end_tokens_of_role();

CREATE FUNCTION identity.note_user() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO identity.revocation (kind, subject, version) VALUES ('user', OLD.id, 9223372036854775807);
  ELSE
    INSERT INTO identity.revocation (kind, subject, version) VALUES ('user', NEW.id, NEW.token_version);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION identity.note_user() IS 'Notes that access tokens of a user are over.';

CREATE TRIGGER user_notes_change AFTER UPDATE ON identity.user
  FOR EACH ROW WHEN (OLD.token_version <> NEW.token_version) EXECUTE FUNCTION identity.note_user();
CREATE TRIGGER user_notes_end AFTER DELETE ON identity.user
  FOR EACH ROW EXECUTE FUNCTION identity.note_user();

CREATE FUNCTION identity.note_session() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO identity.revocation (kind, subject) VALUES ('session', OLD.id);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION identity.note_session() IS 'Notes that a session has ended.';

CREATE TRIGGER session_notes_end AFTER UPDATE OF ended_at ON identity.session
  FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION identity.note_session();
CREATE TRIGGER session_notes_deletion AFTER DELETE ON identity.session
  FOR EACH ROW WHEN (OLD.ended_at IS NULL AND OLD.expires_at > now()) EXECUTE FUNCTION identity.note_session();

CREATE FUNCTION identity.note_program() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO identity.revocation (kind, subject)
  VALUES ('program', CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION identity.note_program() IS 'Notes that programs are to be read again.';

-- When a key was last used says nothing about what it may do.
CREATE TRIGGER api_key_notes_change
  AFTER INSERT OR DELETE
     OR UPDATE OF owner_id, seller_id, hash, previous_hash, previous_until, scopes, expires_at, revoked_at,
                  calls_per_minute, calls_at_once
  ON identity.api_key
  FOR EACH ROW EXECUTE FUNCTION identity.note_program();
CREATE TRIGGER certificate_notes_change AFTER INSERT OR UPDATE OR DELETE ON identity.certificate
  FOR EACH ROW EXECUTE FUNCTION identity.note_program();

CREATE FUNCTION identity.note_signing_key() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO identity.revocation (kind) VALUES ('signing_key');
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION identity.note_signing_key() IS 'Notes that the keys of access tokens are to be read again.';

CREATE TRIGGER signing_key_notes_change AFTER UPDATE OR DELETE ON identity.signing_key
  FOR EACH ROW EXECUTE FUNCTION identity.note_signing_key();

-- Tokens that are about at this moment: what ended before is not forgotten.
INSERT INTO identity.revocation (kind, subject)
SELECT 'session', s.id FROM identity.session s WHERE s.ended_at >= now() - interval '25 hours';
INSERT INTO identity.revocation (kind, subject, version)
SELECT 'user', u.id, u.token_version
  FROM identity.user u
 WHERE u.token_version > 1 AND u.updated_at >= now() - interval '25 hours';
