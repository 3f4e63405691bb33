-- The file of `godwit sync --ledger`, a SQLite database. user_version is the version of its format.

-- name: open
-- Nobody else may use the file until it is closed. What is committed is on the disk.
pragma locking_mode = exclusive;
pragma synchronous = extra;
pragma foreign_keys = on;
begin exclusive;

-- name: upgrade
-- From format 1.
alter table folders add column rest_options integer not null default 0;
alter table folders add column rest_source_messages integer not null default 0;
alter table folders add column rest_source_bytes integer not null default 0;
alter table folders add column rest_without_entry integer not null default 0;
alter table folders add column rest_removed integer not null default 0;
alter table folders add column rest_destination_messages integer not null default 0;
alter table folders add column rest_destination_uidnext integer not null default 0;
alter table folders add column rest_destination_highestmodseq integer not null default 0;
alter table folders add column rest_foreign integer not null default 0;
create table facts (
    folder_id integer not null references folders on delete cascade,
    kind integer not null,
    uid integer not null,
    value blob not null,
    primary key (folder_id, kind, uid)
) strict, without rowid;
pragma user_version = 2;

-- name: create
create table pairs (
    pair_id integer primary key,
    source_host text not null,
    source_port integer not null,
    source_user text not null,
    destination_host text not null,
    destination_port integer not null,
    destination_user text not null,
    unique (source_host, source_port, source_user, destination_host, destination_port, destination_user)
) strict;

-- Names are the raw bytes of the wire.
create table folders (
    folder_id integer primary key,
    pair_id integer not null references pairs,
    source_name blob not null,
    destination_name blob not null,
    source_uidvalidity integer not null default 0,
    source_uidnext integer not null default 0,
    source_highestmodseq integer not null default 0,    -- its 64 bits, with a sign
    destination_uidvalidity integer not null default 0,
    watermark integer not null default 0,
    slowest_append_ms integer not null default 0,
    key_rung integer not null default 0,
    rest_options integer not null default 0,
    rest_source_messages integer not null default 0,
    rest_source_bytes integer not null default 0,
    rest_without_entry integer not null default 0,
    rest_removed integer not null default 0,
    rest_destination_messages integer not null default 0,
    rest_destination_uidnext integer not null default 0,
    rest_destination_highestmodseq integer not null default 0,
    rest_foreign integer not null default 0,
    unique (pair_id, source_name, destination_name)
) strict;

-- Up to 4,096 messages a row, 18 bytes each, behind a format byte (engine/sync/ledger_segment.h).
create table segments (
    folder_id integer not null references folders on delete cascade,
    first_uid integer not null,
    entries blob not null,
    primary key (folder_id, first_uid)
) strict;

-- Work in flight; compacted into segments when a folder ends.
create table receipts (
    folder_id integer not null references folders on delete cascade,
    source_uid integer not null,
    destination_uid integer not null,
    provenance integer not null,
    flags integer not null,
    key_hash integer not null,
    primary key (folder_id, source_uid)
) strict, without rowid;

create table intents (
    folder_id integer not null references folders on delete cascade,
    source_uid integer not null,
    key_hash integer not null,
    size integer not null,
    doubts integer not null,
    open integer not null,
    primary key (folder_id, source_uid)
) strict, without rowid;

create table facts (
    folder_id integer not null references folders on delete cascade,
    kind integer not null,
    uid integer not null,
    value blob not null,
    primary key (folder_id, kind, uid)
) strict, without rowid;

pragma application_id = 0x47647774;
pragma user_version = 2;
