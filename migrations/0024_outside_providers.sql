-- Outside providers: the credentials for requests to them, and the events that they have sent.
-- fastshop: compatible

CREATE TABLE platform.provider_credential (
  provider text NOT NULL,
  name text NOT NULL,
  sealed bytea NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT provider_credential_pkey PRIMARY KEY (provider, name),
  CONSTRAINT provider_credential_provider_is_key CHECK (provider ~ '^[a-z0-9_-]{1,40}$'),
  CONSTRAINT provider_credential_name_is_key CHECK (name ~ '^[a-z0-9_-]{1,40}$')
);
COMMENT ON TABLE platform.provider_credential IS 'The secrets that outside providers know the shop by.';
COMMENT ON COLUMN platform.provider_credential.provider IS 'The provider.';
COMMENT ON COLUMN platform.provider_credential.name IS
  'Which of its secrets: for requests, or for the signatures of its events.';
COMMENT ON COLUMN platform.provider_credential.sealed IS 'The secret, sealed.';
COMMENT ON COLUMN platform.provider_credential.updated_at IS 'When it was last set.';

CREATE TABLE platform.provider_event (
  provider text NOT NULL,
  event_id text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT provider_event_pkey PRIMARY KEY (provider, event_id),
  CONSTRAINT provider_event_id_length CHECK (length(event_id) BETWEEN 1 AND 200)
);
COMMENT ON TABLE platform.provider_event IS
  'The events of outside providers that have had their effect; it was committed with the row. They are kept for 35 '
  'days, longer than any provider repeats an event.';
COMMENT ON COLUMN platform.provider_event.provider IS 'The provider.';
COMMENT ON COLUMN platform.provider_event.event_id IS 'The provider''s id of the event.';
COMMENT ON COLUMN platform.provider_event.received_at IS 'When its effect was committed.';
CREATE INDEX provider_event_received ON platform.provider_event (received_at);
