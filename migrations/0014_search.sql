-- People are found however their names are typed: in any case, composed or not, with the dots of İ and ı or without.

CREATE FUNCTION platform.search_key(typed text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
  -- Through upper case and back, which makes ß and SS, ς and Σ, ı and I the same; then without what is left of İ's dot.
  SELECT normalize(
           replace(
             replace(
               lower(upper(normalize(typed, NFKC) COLLATE "und-x-icu") COLLATE "und-x-icu"), 'ς', 'σ'),
             U&'i\0307', 'i'),
           NFKC)
$$;
COMMENT ON FUNCTION platform.search_key(text) IS
  'What texts and what is searched for in them are compared by: NFKC, without a difference of case.';

CREATE INDEX user_by_search_name ON identity.user (platform.search_key(display_name) COLLATE "C");
CREATE INDEX user_by_search_email ON identity.user (platform.search_key(email) COLLATE "C");

COMMENT ON COLUMN identity.user.email IS
  'The address as its owner writes it; a domain of other letters than ASCII''s in its own letters.';
COMMENT ON COLUMN identity.user.email_key IS
  'The address in lower case, the domain in ASCII (A-labels): what makes two addresses the same.';
