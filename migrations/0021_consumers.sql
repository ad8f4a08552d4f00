-- fastshop: compatible
-- Consumers: durable readers of the event log, each with a cursor that moves in the transaction of its effects.

CREATE TABLE platform.consumer (
  name text NOT NULL,
  seq bigint NOT NULL,
  owner text NOT NULL DEFAULT '',
  lease_until timestamptz NOT NULL DEFAULT '-infinity',
  attempts int NOT NULL DEFAULT 0,
  retry_at timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT consumer_pkey PRIMARY KEY (name),
  CONSTRAINT consumer_name_is_short CHECK (length(name) BETWEEN 1 AND 63),
  CONSTRAINT consumer_owner_is_short CHECK (length(owner) <= 300),
  CONSTRAINT consumer_seq_not_negative CHECK (seq >= 0),
  CONSTRAINT consumer_attempts_not_negative CHECK (attempts >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE platform.consumer IS
  'How far each consumer has read the event log. Whoever runs it locks its row; see docs/decisions/consumers.md.';
COMMENT ON COLUMN platform.consumer.name IS 'Its name, which the program gives it: identity.lock_out_mails.';
COMMENT ON COLUMN platform.consumer.seq IS
  'Its cursor: the effects of all events of its topics up to this number are in the database, once.';
COMMENT ON COLUMN platform.consumer.owner IS 'The server process that runs it; empty when none does.';
COMMENT ON COLUMN platform.consumer.lease_until IS 'Until then, no other process takes it over.';
COMMENT ON COLUMN platform.consumer.attempts IS 'How often the next event has failed.';
COMMENT ON COLUMN platform.consumer.retry_at IS 'The next event is not tried again before.';

CREATE TABLE platform.consumer_dead_letter (
  consumer text NOT NULL,
  seq bigint NOT NULL,
  topic text NOT NULL,
  type text NOT NULL,
  key uuid NOT NULL,
  subjects uuid[] NOT NULL,
  payload jsonb NOT NULL,
  reason text NOT NULL,
  attempts int NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT consumer_dead_letter_pkey PRIMARY KEY (consumer, seq),
  CONSTRAINT consumer_dead_letter_reason_is_short CHECK (length(reason) <= 1000)
);
COMMENT ON TABLE platform.consumer_dead_letter IS
  'Events that a consumer could not handle, however often it tried. The consumer went on without them.';
COMMENT ON COLUMN platform.consumer_dead_letter.consumer IS 'The consumer.';
COMMENT ON COLUMN platform.consumer_dead_letter.seq IS 'The event''s number.';
COMMENT ON COLUMN platform.consumer_dead_letter.topic IS 'The event''s topic.';
COMMENT ON COLUMN platform.consumer_dead_letter.type IS 'What happened.';
COMMENT ON COLUMN platform.consumer_dead_letter.key IS 'What changed.';
COMMENT ON COLUMN platform.consumer_dead_letter.subjects IS 'Everything that the event concerns.';
COMMENT ON COLUMN platform.consumer_dead_letter.payload IS 'What the event says.';
COMMENT ON COLUMN platform.consumer_dead_letter.reason IS 'The error of the last attempt.';
COMMENT ON COLUMN platform.consumer_dead_letter.attempts IS 'How often it was tried.';
COMMENT ON COLUMN platform.consumer_dead_letter.at IS 'When the consumer gave up.';
