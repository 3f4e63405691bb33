-- What is known of appends without an answer: doubts count those that were given up and may still arrive, a closed row is
-- kept only for their sake.
alter table ledger_intents
    add column doubts integer not null default 0,
    add column open boolean not null default true;

-- What settling waits by, and the rung of the key ladder that the folder's key hashes are of.
alter table ledger_folders
    add column slowest_append_ms bigint not null default 0,
    add column key_rung smallint not null default 0;

alter table progress add column messages_filtered bigint not null default 0;

-- Of the database we write to; a standby that was promoted, and a restored backup, begin a new one.
create function current_timeline() returns integer language sql stable
    return ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer;
