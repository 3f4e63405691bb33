-- Passes that stand beside the life of a migration (preflight, verify, undo) leave its phase and state as they are.
alter table passes
    add column options jsonb not null default '{}',     -- of this pass, over those of its migration
    add column beside boolean not null generated always as (kind in ('preflight', 'verify', 'undo')) stored,
    add column next_attempt integer not null default 1; -- of the pass that one beside goes before
drop index passes_preflights;
-- They are few, and claimed also where the batch is paused.
create index passes_beside on passes (lane_id, ready_at) where beside;

alter table attempts
    add column options jsonb not null default '{}',
    add column findings jsonb not null default '{}',    -- how many, by kind
    add column messages_digested bigint not null default 0,
    add column set_digest text not null default '';

-- The folders of the last verify or undo pass stay for its report when other passes have ended since.
alter table folder_reports
    add column reported boolean not null default false,
    drop constraint folder_reports_pkey,
    add primary key (tenant_id, migration_id, reported, position);

-- Public keys of every node that has signed a report; they outlive the node.
create table report_keys (
    fingerprint text collate "C" primary key,           -- SHA-256 of the key, in hexadecimal
    public_key bytea not null,                          -- Ed25519, 32 octets
    host_name text not null,
    node_id text collate "C" not null,                  -- the last one that had it
    first_used_at timestamptz not null default now(),
    last_used_at timestamptz not null default now()
);
