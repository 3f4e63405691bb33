-- What scheduler/pg/migrator needs before and beside the migrations.

-- name: migrator_lock
-- Until the transaction ends; the number is arbitrary and ours for ever.
SELECT pg_advisory_xact_lock(4857291036517)

-- name: migrator_create_table
CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)

-- name: migrator_applied
SELECT version, name, sha256 FROM schema_migrations ORDER BY version

-- name: migrator_record
INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)
