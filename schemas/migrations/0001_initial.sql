-- The first shape of the database. Rules that later migrations keep:
-- every key begins with the tenant (there is one tenant, 'default', until there are more), except for what belongs to the
-- installation: nodes, hosts and their slots, since a mail server does not care whose tenant calls it;
-- ids are made by clients (typed ULIDs, byte order is time order), so a repeated request is the same request;
-- the queue of unfinished passes is one narrow table, finished work leaves it, and no index covers what heartbeats touch.

create table cluster (
    singleton boolean primary key default true check (singleton),
    paused boolean not null default false,
    connections_as_source integer not null default 20,
    connections_as_destination integer not null default 20
);
insert into cluster default values;

-- Each claim gets the next one; every write of a pass names it.
create sequence generations;

-- A lease belongs to the node: renewing one row renews all its passes. A new timeline (a standby was promoted) ends it.
create table nodes (
    node_id text collate "C" primary key,
    host_name text not null,
    timeline integer not null,
    started_at timestamptz not null default now(),
    lease_until timestamptz not null
) with (fillfactor = 50);

-- One service under all its names. 0: the cluster's default.
create table host_groups (
    host_group_id text collate "C" primary key,
    name text not null,
    connections_as_source integer not null default 0 check (connections_as_source >= 0),
    connections_as_destination integer not null default 0 check (connections_as_destination >= 0)
);

create table hosts (
    name text collate "C" primary key,      -- "imap.example.org:993"
    host_group_id text collate "C" not null references host_groups
);
create index hosts_host_group on hosts (host_group_id);

-- A slot is a connection that a pass may have; rows exist up to the limit. A counter could leak, a slot shows its holder.
create table host_slots (
    host_group_id text collate "C" not null references host_groups,
    side text not null check (side in ('source', 'destination')),
    slot_no integer not null,
    pass_id text collate "C",
    primary key (host_group_id, side, slot_no)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
create index host_slots_pass on host_slots (pass_id) where pass_id is not null;

create table batches (
    tenant_id text collate "C" not null,
    batch_id text collate "C" not null,
    name text not null,
    priority integer not null default 0,
    paused boolean not null default false,
    created_at timestamptz not null default now(),
    primary key (tenant_id, batch_id),
    unique (tenant_id, name)
);

-- Passes of one lane are alike to admission: same batch, same two hosts.
create table lanes (
    lane_id text collate "C" primary key,
    tenant_id text collate "C" not null,
    batch_id text collate "C" not null,
    source_group text collate "C" not null references host_groups,
    destination_group text collate "C" not null references host_groups,
    last_claim timestamptz,
    unique (tenant_id, batch_id, source_group, destination_group),
    foreign key (tenant_id, batch_id) references batches
) with (fillfactor = 70);

create table migrations (
    tenant_id text collate "C" not null,
    migration_id text collate "C" not null,
    batch_id text collate "C" not null,
    lane_id text collate "C" not null,
    external_id text,
    row_number bigint not null default 0,
    account_pair uuid not null,             -- digest of both accounts: a batch holds a pair once
    source_host text not null,
    source_port integer not null,
    source_tls text not null,
    source_verify boolean not null,
    source_user text not null,
    source_auth_user text not null,
    source_key_id text not null,
    source_secret bytea not null,           -- format byte, nonce, ciphertext, tag; the key is not in the database
    destination_host text not null,
    destination_port integer not null,
    destination_tls text not null,
    destination_verify boolean not null,
    destination_user text not null,
    destination_auth_user text not null,
    destination_key_id text not null,
    destination_secret bytea not null,
    options jsonb not null,
    phase text not null default 'presync',
    state text not null default 'ready',
    attempts integer not null default 0,
    error_kind text,
    error_reach text,
    error_cause text,
    error_context text,
    next_attempt_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, migration_id),
    foreign key (tenant_id, batch_id) references batches
) with (fillfactor = 85);
create unique index migrations_pair on migrations (tenant_id, batch_id, account_pair);
create unique index migrations_external_id on migrations (tenant_id, external_id) where external_id is not null;
create index migrations_batch on migrations (tenant_id, batch_id, migration_id);

-- The hot table: passes that are not finished.
create table passes (
    tenant_id text collate "C" not null,
    pass_id text collate "C" not null,
    migration_id text collate "C" not null,
    lane_id text collate "C" not null,
    kind text not null,
    attempt integer not null default 1,
    ready_at timestamptz not null default now(),
    node_id text collate "C",               -- null: may be claimed
    generation bigint,
    claimed_at timestamptz,
    primary key (tenant_id, pass_id),
    unique (tenant_id, migration_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index passes_ready on passes (lane_id, ready_at, pass_id) where node_id is null;
create index passes_node on passes (node_id) where node_id is not null;

-- One row an attempt, written when it ends.
create table attempts (
    tenant_id text collate "C" not null,
    migration_id text collate "C" not null,
    generation bigint not null,
    pass_id text collate "C" not null,
    kind text not null,
    attempt integer not null,
    node_id text collate "C" not null,
    result text not null,
    error_kind text,
    error_reach text,
    error_cause text,
    error_context text,
    started_at timestamptz not null,
    finished_at timestamptz not null default now(),
    counters jsonb not null,
    primary key (tenant_id, migration_id, generation)
);

-- Written once a second by every running pass, so apart from everything that is indexed.
create table progress (
    tenant_id text collate "C" not null,
    migration_id text collate "C" not null,
    folder text not null default '',
    folders_total bigint not null default 0,
    folders_done bigint not null default 0,
    folders_created bigint not null default 0,
    messages_total bigint not null default 0,
    bytes_total bigint not null default 0,
    messages_matched bigint not null default 0,
    messages_copied bigint not null default 0,
    bytes_copied bigint not null default 0,
    messages_failed bigint not null default 0,
    messages_skipped bigint not null default 0,
    flags_updated bigint not null default 0,
    messages_foreign bigint not null default 0,
    primary key (tenant_id, migration_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

create table issues (
    tenant_id text collate "C" not null,
    migration_id text collate "C" not null,
    issue_no bigint generated always as identity,
    pass_id text collate "C" not null,
    kind text not null,
    reach text not null,
    folder text not null,
    uid bigint not null,
    size bigint not null,
    detail text not null,
    primary key (tenant_id, migration_id, issue_no)
);

-- One writer for each destination account, over all nodes, batches and tenants.
create table destination_locks (
    host_group_id text collate "C" not null,
    account text collate "C" not null,      -- canonical effective user
    pass_id text collate "C" not null,
    primary key (host_group_id, account)
) with (fillfactor = 70);
create index destination_locks_pass on destination_locks (pass_id);

-- The ledger. Names are the raw bytes of the wire.
create table ledger_folders (
    folder_id bigint generated always as identity primary key,
    tenant_id text collate "C" not null,
    migration_id text collate "C" not null,
    source_name bytea not null,
    destination_name bytea not null,
    source_uidvalidity bigint not null default 0,
    source_uidnext bigint not null default 0,
    source_highestmodseq numeric(20) not null default 0,
    destination_uidvalidity bigint not null default 0,
    watermark bigint not null default 0
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- Digests, since a name may be longer than an index row.
create unique index ledger_folders_names
    on ledger_folders (tenant_id, migration_id, sha256(source_name), sha256(destination_name));

-- Up to 4,096 messages a row, 18 bytes each, behind a format byte (scheduler/pg/segment_codec.h).
create table ledger_segments (
    folder_id bigint not null references ledger_folders on delete cascade,
    first_uid bigint not null,
    last_uid bigint not null,
    entries bytea not null,
    primary key (folder_id, first_uid)
);
alter table ledger_segments alter column entries set storage external;

-- Work in flight; compacted into segments when a folder ends.
create table ledger_receipts (
    folder_id bigint not null references ledger_folders on delete cascade,
    source_uid bigint not null,
    destination_uid bigint not null,
    provenance smallint not null,
    flags smallint not null,
    key_hash bigint not null,
    primary key (folder_id, source_uid)
) with (autovacuum_vacuum_scale_factor = 0.05);

create table ledger_intents (
    folder_id bigint not null references ledger_folders on delete cascade,
    source_uid bigint not null,
    key_hash bigint not null,
    size bigint not null,
    primary key (folder_id, source_uid)
) with (autovacuum_vacuum_scale_factor = 0.05);

-- Answers to POSTs with an Idempotency-Key; kept a day.
create table idempotency_keys (
    tenant_id text collate "C" not null,
    key text collate "C" not null,
    fingerprint text not null,
    status integer,                         -- null: the first request is still running
    body text,
    created_at timestamptz not null default now(),
    primary key (tenant_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
