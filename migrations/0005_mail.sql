-- Mails on their way out: written by the transaction that wants them told, sent by whichever server has time.

CREATE SCHEMA mail;
COMMENT ON SCHEMA mail IS 'Mails on their way out.';

CREATE TABLE mail.message (
  id uuid NOT NULL DEFAULT platform.uuid_v7(),
  kind text NOT NULL,
  recipient text NOT NULL,
  recipient_name text NOT NULL DEFAULT '',
  subject text NOT NULL,
  body_text text NOT NULL,
  body_html text NOT NULL,
  state text NOT NULL DEFAULT 'waiting',
  attempts int NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  useless_at timestamptz,
  last_error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT message_pkey PRIMARY KEY (id),
  CONSTRAINT message_kind_is_short CHECK (length(kind) BETWEEN 1 AND 40),
  CONSTRAINT message_recipient_is_an_address CHECK (
    recipient ~ '^[!-?A-~]+@[A-Za-z0-9.-]+$' AND length(recipient) <= 254),
  CONSTRAINT message_recipient_name_is_short CHECK (length(recipient_name) <= 120),
  CONSTRAINT message_subject_is_short CHECK (length(subject) <= 200),
  CONSTRAINT message_bodies_are_bounded CHECK (octet_length(body_text) <= 262144 AND octet_length(body_html) <= 262144),
  CONSTRAINT message_state_is_known CHECK (state IN ('waiting', 'sent', 'dead')),
  CONSTRAINT message_attempts_not_negative CHECK (attempts >= 0),
  CONSTRAINT message_last_error_is_short CHECK (length(last_error) <= 500),
  CONSTRAINT message_ends_once CHECK ((state = 'waiting') = (ended_at IS NULL)),
  CONSTRAINT message_sent_keeps_no_body CHECK (state <> 'sent' OR (body_text = '' AND body_html = ''))
) WITH (fillfactor = 70);
COMMENT ON TABLE mail.message IS
  'The queue. A server takes what is due by moving due_at ahead: when the server dies, it is due again.';
COMMENT ON COLUMN mail.message.id IS 'UUID of version 7. Every attempt sends it as the Message-ID.';
COMMENT ON COLUMN mail.message.kind IS 'What it is about: email-verification.';
COMMENT ON COLUMN mail.message.recipient IS 'The address it goes to.';
COMMENT ON COLUMN mail.message.recipient_name IS 'The name of who reads it; empty when nobody knows it.';
COMMENT ON COLUMN mail.message.subject IS 'The subject.';
COMMENT ON COLUMN mail.message.body_text IS 'The content as plain text; empty once it is sent, for it may hold a token.';
COMMENT ON COLUMN mail.message.body_html IS 'The content as a page; empty once it is sent.';
COMMENT ON COLUMN mail.message.state IS 'waiting, sent, or dead: given up, and kept to be looked at.';
COMMENT ON COLUMN mail.message.attempts IS
  'How often it was taken to be delivered. Who took it may end it only while this is what it was then.';
COMMENT ON COLUMN mail.message.due_at IS
  'Not before then will it be taken: the end of a pause after a failure, or of the lease of who took it.';
COMMENT ON COLUMN mail.message.useless_at IS 'From then on it is not sent any more; null for a mail that stays true.';
COMMENT ON COLUMN mail.message.last_error IS 'Why the last attempt failed, in a sentence for operators.';
COMMENT ON COLUMN mail.message.created_at IS 'When it was asked for: its Date.';
COMMENT ON COLUMN mail.message.ended_at IS 'When it was sent or given up; null while it waits.';
CREATE INDEX message_due ON mail.message (due_at) WHERE state = 'waiting';
CREATE INDEX message_ended ON mail.message (state, ended_at, id) WHERE state <> 'waiting';
