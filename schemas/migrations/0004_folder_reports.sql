-- What the last ended pass of a migration did, folder by folder; replaced when the next one ends.
create table folder_reports (
    tenant_id text collate "C" not null,
    migration_id text collate "C" not null,
    position integer not null,              -- from 1, in the order of the pass
    pass_id text collate "C" not null,
    source_name text not null,
    destination_name text not null,         -- empty: left out
    rule text not null,
    why text not null,
    folders_total bigint not null,
    folders_done bigint not null,
    folders_created bigint not null,
    messages_total bigint not null,
    bytes_total bigint not null,
    messages_matched bigint not null,
    messages_copied bigint not null,
    bytes_copied bigint not null,
    messages_failed bigint not null,
    messages_skipped bigint not null,
    flags_updated bigint not null,
    messages_foreign bigint not null,
    messages_filtered bigint not null,
    skipped jsonb not null,                 -- messages by reason
    error_kind text,
    error_reach text,
    error_cause text,
    error_context text,
    primary key (tenant_id, migration_id, position)
);

-- Messages left out, by reason, of a pass as a whole.
alter table attempts add column skipped jsonb not null default '{}';

-- Preflights are few, and claimed also where the batch is paused.
create index passes_preflights on passes (lane_id, ready_at) where kind = 'preflight';
