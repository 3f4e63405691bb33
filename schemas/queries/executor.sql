-- Settings of a connection.

-- name: executor_set_timeouts
-- Milliseconds; until the transaction ends, as a pooler may give the session to another client then.
SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true)
