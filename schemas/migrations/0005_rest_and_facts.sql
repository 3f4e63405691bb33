-- How the last whole pass left a folder pair (engine/sync/ledger.h, FolderRest); options 0: no pass has ended there.
alter table ledger_folders
    add column rest_options bigint not null default 0,
    add column rest_source_messages bigint not null default 0,
    add column rest_source_bytes bigint not null default 0,
    add column rest_without_entry bigint not null default 0,
    add column rest_removed bigint not null default 0,
    add column rest_destination_messages bigint not null default 0,
    add column rest_destination_uidnext bigint not null default 0,
    add column rest_destination_highestmodseq numeric(20) not null default 0,
    add column rest_foreign bigint not null default 0;

-- Cold facts about messages: 0 why one has no copy, 1 SHA-256 of what was sent, 2 flags before they were first changed,
-- 3 folders made, 4 where a matched message stood (engine/sync/ledger.h, FactKind).
create table ledger_facts (
    folder_id bigint not null references ledger_folders on delete cascade,
    kind smallint not null,
    uid bigint not null,
    value bytea not null,
    primary key (folder_id, kind, uid)
);

-- Moved, verified and removed at the destination.
alter table progress
    add column messages_moved bigint not null default 0,
    add column messages_verified bigint not null default 0,
    add column messages_removed bigint not null default 0;
alter table folder_reports
    add column messages_moved bigint not null default 0,
    add column messages_verified bigint not null default 0,
    add column messages_removed bigint not null default 0;

-- What the latest verify or undo pass of a migration has found; replaced by the next one's.
create table findings (
    tenant_id text collate "C" not null,
    migration_id text collate "C" not null,
    finding_no bigint generated always as identity,
    pass_id text collate "C" not null,
    generation bigint not null,             -- of the attempt: findings of one that did not end are dropped by the next
    kind text not null,
    folder text not null,
    destination_folder text not null,
    source_uid bigint not null,
    destination_uid bigint not null,
    size bigint not null,
    detail text not null,
    primary key (tenant_id, migration_id, finding_no)
);
