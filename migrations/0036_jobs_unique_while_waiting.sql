-- fastshop: compatible
-- Jobs whose key is free as soon as they are taken: a change while one runs enqueues another one.

ALTER TABLE jobs.job
  ADD COLUMN is_unique_while_waiting boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN jobs.job.is_unique_while_waiting IS
  'Whether the key is free, and unique_key null, as soon as a server has taken the job.';
COMMENT ON COLUMN jobs.job.is_counted IS
  'Whether the server that took it last counts and limits the running jobs of its kind over all servers.';
