-- What is old is deleted by a clock that advances slowly: when the database's own clock is set years ahead by mistake,
-- a day of what is kept is lost at most, and not everything.

CREATE TABLE platform.retention (
  singleton boolean NOT NULL DEFAULT true,
  reached_at timestamptz NOT NULL,
  advanced_at timestamptz NOT NULL,
  CONSTRAINT retention_pkey PRIMARY KEY (singleton),
  CONSTRAINT retention_is_one_row CHECK (singleton)
);
COMMENT ON TABLE platform.retention IS 'The time by which what is kept for a while grows old: one row.';
COMMENT ON COLUMN platform.retention.singleton IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN platform.retention.reached_at IS
  'Deletion by age counts from here: never later than the present, and at most a day later than before.';
COMMENT ON COLUMN platform.retention.advanced_at IS 'When it was last moved, by the database''s clock.';
INSERT INTO platform.retention (reached_at, advanced_at) VALUES (now(), now() - interval '1 day');

CREATE FUNCTION platform.retention_time() RETURNS timestamptz
LANGUAGE sql STABLE
AS 'SELECT least(now(), r.reached_at) FROM platform.retention r';
COMMENT ON FUNCTION platform.retention_time() IS 'The time from which deletion by age counts.';

CREATE FUNCTION platform.advance_retention() RETURNS timestamptz
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE platform.retention r
     SET reached_at = least(now(), r.reached_at + interval '1 day'), advanced_at = now()
   WHERE now() < r.advanced_at OR now() >= r.advanced_at + interval '1 hour';
  RETURN platform.retention_time();
END
$$;
COMMENT ON FUNCTION platform.advance_retention() IS
  'Moves the time from which deletion by age counts up to the present, by a day at most, and once an hour at most, '
  'however many servers ask and however often they start. Returns it.';
