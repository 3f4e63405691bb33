CREATE FUNCTION public.current_timeline() RETURNS integer
    LANGUAGE sql STABLE
    RETURN ((('x'::text || "left"(pg_walfile_name(pg_current_wal_lsn()), 8)))::bit(32))::integer;

CREATE TABLE public.attempts (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    pass_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    attempt integer NOT NULL,
    node_id text NOT NULL COLLATE pg_catalog."C",
    result text NOT NULL,
    error_kind text,
    error_reach text,
    error_cause text,
    error_context text,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT now() NOT NULL,
    counters jsonb NOT NULL,
    skipped jsonb DEFAULT '{}'::jsonb NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    findings jsonb DEFAULT '{}'::jsonb NOT NULL,
    messages_digested bigint DEFAULT 0 NOT NULL,
    set_digest text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.batches (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    batch_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.cluster (
    singleton boolean DEFAULT true NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    connections_as_source integer DEFAULT 20 NOT NULL,
    connections_as_destination integer DEFAULT 20 NOT NULL,
    CONSTRAINT cluster_singleton_check CHECK (singleton)
);

CREATE TABLE public.destination_locks (
    host_group_id text NOT NULL COLLATE pg_catalog."C",
    account text NOT NULL COLLATE pg_catalog."C",
    pass_id text NOT NULL COLLATE pg_catalog."C"
)
WITH (fillfactor='70');

CREATE TABLE public.findings (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    finding_no bigint NOT NULL,
    pass_id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    kind text NOT NULL,
    folder text NOT NULL,
    destination_folder text NOT NULL,
    source_uid bigint NOT NULL,
    destination_uid bigint NOT NULL,
    size bigint NOT NULL,
    detail text NOT NULL
);

ALTER TABLE public.findings ALTER COLUMN finding_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.findings_finding_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.folder_reports (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    "position" integer NOT NULL,
    pass_id text NOT NULL COLLATE pg_catalog."C",
    source_name text NOT NULL,
    destination_name text NOT NULL,
    rule text NOT NULL,
    why text NOT NULL,
    folders_total bigint NOT NULL,
    folders_done bigint NOT NULL,
    folders_created bigint NOT NULL,
    messages_total bigint NOT NULL,
    bytes_total bigint NOT NULL,
    messages_matched bigint NOT NULL,
    messages_copied bigint NOT NULL,
    bytes_copied bigint NOT NULL,
    messages_failed bigint NOT NULL,
    messages_skipped bigint NOT NULL,
    flags_updated bigint NOT NULL,
    messages_foreign bigint NOT NULL,
    messages_filtered bigint NOT NULL,
    skipped jsonb NOT NULL,
    error_kind text,
    error_reach text,
    error_cause text,
    error_context text,
    messages_moved bigint DEFAULT 0 NOT NULL,
    messages_verified bigint DEFAULT 0 NOT NULL,
    messages_removed bigint DEFAULT 0 NOT NULL,
    reported boolean DEFAULT false NOT NULL
);

CREATE SEQUENCE public.generations
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.host_groups (
    host_group_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    connections_as_source integer DEFAULT 0 NOT NULL,
    connections_as_destination integer DEFAULT 0 NOT NULL,
    CONSTRAINT host_groups_connections_as_destination_check CHECK ((connections_as_destination >= 0)),
    CONSTRAINT host_groups_connections_as_source_check CHECK ((connections_as_source >= 0))
);

CREATE TABLE public.host_slots (
    host_group_id text NOT NULL COLLATE pg_catalog."C",
    side text NOT NULL,
    slot_no integer NOT NULL,
    pass_id text COLLATE pg_catalog."C",
    CONSTRAINT host_slots_side_check CHECK ((side = ANY (ARRAY['source'::text, 'destination'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE public.hosts (
    name text NOT NULL COLLATE pg_catalog."C",
    host_group_id text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.idempotency_keys (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL,
    status integer,
    body text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.issues (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    issue_no bigint NOT NULL,
    pass_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    reach text NOT NULL,
    folder text NOT NULL,
    uid bigint NOT NULL,
    size bigint NOT NULL,
    detail text NOT NULL
);

ALTER TABLE public.issues ALTER COLUMN issue_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.issues_issue_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.lanes (
    lane_id text NOT NULL COLLATE pg_catalog."C",
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    batch_id text NOT NULL COLLATE pg_catalog."C",
    source_group text NOT NULL COLLATE pg_catalog."C",
    destination_group text NOT NULL COLLATE pg_catalog."C",
    last_claim timestamp with time zone
)
WITH (fillfactor='70');

CREATE TABLE public.ledger_facts (
    folder_id bigint NOT NULL,
    kind smallint NOT NULL,
    uid bigint NOT NULL,
    value bytea NOT NULL
);

CREATE TABLE public.ledger_folders (
    folder_id bigint NOT NULL,
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    source_name bytea NOT NULL,
    destination_name bytea NOT NULL,
    source_uidvalidity bigint DEFAULT 0 NOT NULL,
    source_uidnext bigint DEFAULT 0 NOT NULL,
    source_highestmodseq numeric(20,0) DEFAULT 0 NOT NULL,
    destination_uidvalidity bigint DEFAULT 0 NOT NULL,
    watermark bigint DEFAULT 0 NOT NULL,
    slowest_append_ms bigint DEFAULT 0 NOT NULL,
    key_rung smallint DEFAULT 0 NOT NULL,
    rest_options bigint DEFAULT 0 NOT NULL,
    rest_source_messages bigint DEFAULT 0 NOT NULL,
    rest_source_bytes bigint DEFAULT 0 NOT NULL,
    rest_without_entry bigint DEFAULT 0 NOT NULL,
    rest_removed bigint DEFAULT 0 NOT NULL,
    rest_destination_messages bigint DEFAULT 0 NOT NULL,
    rest_destination_uidnext bigint DEFAULT 0 NOT NULL,
    rest_destination_highestmodseq numeric(20,0) DEFAULT 0 NOT NULL,
    rest_foreign bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE public.ledger_folders ALTER COLUMN folder_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ledger_folders_folder_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.ledger_intents (
    folder_id bigint NOT NULL,
    source_uid bigint NOT NULL,
    key_hash bigint NOT NULL,
    size bigint NOT NULL,
    doubts integer DEFAULT 0 NOT NULL,
    open boolean DEFAULT true NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE public.ledger_receipts (
    folder_id bigint NOT NULL,
    source_uid bigint NOT NULL,
    destination_uid bigint NOT NULL,
    provenance smallint NOT NULL,
    flags smallint NOT NULL,
    key_hash bigint NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE public.ledger_segments (
    folder_id bigint NOT NULL,
    first_uid bigint NOT NULL,
    last_uid bigint NOT NULL,
    entries bytea NOT NULL
);

ALTER TABLE ONLY public.ledger_segments ALTER COLUMN entries SET STORAGE EXTERNAL;

CREATE TABLE public.migrations (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    batch_id text NOT NULL COLLATE pg_catalog."C",
    lane_id text NOT NULL COLLATE pg_catalog."C",
    external_id text,
    row_number bigint DEFAULT 0 NOT NULL,
    account_pair uuid NOT NULL,
    source_host text NOT NULL,
    source_port integer NOT NULL,
    source_tls text NOT NULL,
    source_verify boolean NOT NULL,
    source_user text NOT NULL,
    source_auth_user text NOT NULL,
    source_key_id text NOT NULL,
    source_secret bytea NOT NULL,
    destination_host text NOT NULL,
    destination_port integer NOT NULL,
    destination_tls text NOT NULL,
    destination_verify boolean NOT NULL,
    destination_user text NOT NULL,
    destination_auth_user text NOT NULL,
    destination_key_id text NOT NULL,
    destination_secret bytea NOT NULL,
    options jsonb NOT NULL,
    phase text DEFAULT 'presync'::text NOT NULL,
    state text DEFAULT 'ready'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    error_kind text,
    error_reach text,
    error_cause text,
    error_context text,
    next_attempt_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='85');

CREATE TABLE public.nodes (
    node_id text NOT NULL COLLATE pg_catalog."C",
    host_name text NOT NULL,
    timeline integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_until timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.passes (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    pass_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    lane_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    ready_at timestamp with time zone DEFAULT now() NOT NULL,
    node_id text COLLATE pg_catalog."C",
    generation bigint,
    claimed_at timestamp with time zone,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    beside boolean GENERATED ALWAYS AS ((kind = ANY (ARRAY['preflight'::text, 'verify'::text, 'undo'::text]))) STORED NOT NULL,
    next_attempt integer DEFAULT 1 NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE public.progress (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    migration_id text NOT NULL COLLATE pg_catalog."C",
    folder text DEFAULT ''::text NOT NULL,
    folders_total bigint DEFAULT 0 NOT NULL,
    folders_done bigint DEFAULT 0 NOT NULL,
    folders_created bigint DEFAULT 0 NOT NULL,
    messages_total bigint DEFAULT 0 NOT NULL,
    bytes_total bigint DEFAULT 0 NOT NULL,
    messages_matched bigint DEFAULT 0 NOT NULL,
    messages_copied bigint DEFAULT 0 NOT NULL,
    bytes_copied bigint DEFAULT 0 NOT NULL,
    messages_failed bigint DEFAULT 0 NOT NULL,
    messages_skipped bigint DEFAULT 0 NOT NULL,
    flags_updated bigint DEFAULT 0 NOT NULL,
    messages_foreign bigint DEFAULT 0 NOT NULL,
    messages_filtered bigint DEFAULT 0 NOT NULL,
    messages_moved bigint DEFAULT 0 NOT NULL,
    messages_verified bigint DEFAULT 0 NOT NULL,
    messages_removed bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE public.report_keys (
    fingerprint text NOT NULL COLLATE pg_catalog."C",
    public_key bytea NOT NULL,
    host_name text NOT NULL,
    node_id text NOT NULL COLLATE pg_catalog."C",
    first_used_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (tenant_id, migration_id, generation);

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (tenant_id, batch_id);

ALTER TABLE ONLY public.batches
    ADD CONSTRAINT batches_tenant_id_name_key UNIQUE (tenant_id, name);

ALTER TABLE ONLY public.cluster
    ADD CONSTRAINT cluster_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.destination_locks
    ADD CONSTRAINT destination_locks_pkey PRIMARY KEY (host_group_id, account);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_pkey PRIMARY KEY (tenant_id, migration_id, finding_no);

ALTER TABLE ONLY public.folder_reports
    ADD CONSTRAINT folder_reports_pkey PRIMARY KEY (tenant_id, migration_id, reported, "position");

ALTER TABLE ONLY public.host_groups
    ADD CONSTRAINT host_groups_pkey PRIMARY KEY (host_group_id);

ALTER TABLE ONLY public.host_slots
    ADD CONSTRAINT host_slots_pkey PRIMARY KEY (host_group_id, side, slot_no);

ALTER TABLE ONLY public.hosts
    ADD CONSTRAINT hosts_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key);

ALTER TABLE ONLY public.issues
    ADD CONSTRAINT issues_pkey PRIMARY KEY (tenant_id, migration_id, issue_no);

ALTER TABLE ONLY public.lanes
    ADD CONSTRAINT lanes_pkey PRIMARY KEY (lane_id);

ALTER TABLE ONLY public.lanes
    ADD CONSTRAINT lanes_tenant_id_batch_id_source_group_destination_group_key UNIQUE (tenant_id, batch_id, source_group, destination_group);

ALTER TABLE ONLY public.ledger_facts
    ADD CONSTRAINT ledger_facts_pkey PRIMARY KEY (folder_id, kind, uid);

ALTER TABLE ONLY public.ledger_folders
    ADD CONSTRAINT ledger_folders_pkey PRIMARY KEY (folder_id);

ALTER TABLE ONLY public.ledger_intents
    ADD CONSTRAINT ledger_intents_pkey PRIMARY KEY (folder_id, source_uid);

ALTER TABLE ONLY public.ledger_receipts
    ADD CONSTRAINT ledger_receipts_pkey PRIMARY KEY (folder_id, source_uid);

ALTER TABLE ONLY public.ledger_segments
    ADD CONSTRAINT ledger_segments_pkey PRIMARY KEY (folder_id, first_uid);

ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (tenant_id, migration_id);

ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_pkey PRIMARY KEY (node_id);

ALTER TABLE ONLY public.passes
    ADD CONSTRAINT passes_pkey PRIMARY KEY (tenant_id, pass_id);

ALTER TABLE ONLY public.passes
    ADD CONSTRAINT passes_tenant_id_migration_id_key UNIQUE (tenant_id, migration_id);

ALTER TABLE ONLY public.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (tenant_id, migration_id);

ALTER TABLE ONLY public.report_keys
    ADD CONSTRAINT report_keys_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

CREATE INDEX destination_locks_pass ON public.destination_locks USING btree (pass_id);

CREATE INDEX host_slots_pass ON public.host_slots USING btree (pass_id) WHERE (pass_id IS NOT NULL);

CREATE INDEX hosts_host_group ON public.hosts USING btree (host_group_id);

CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (created_at);

CREATE UNIQUE INDEX ledger_folders_names ON public.ledger_folders USING btree (tenant_id, migration_id, sha256(source_name), sha256(destination_name));

CREATE INDEX migrations_batch ON public.migrations USING btree (tenant_id, batch_id, migration_id);

CREATE UNIQUE INDEX migrations_external_id ON public.migrations USING btree (tenant_id, external_id) WHERE (external_id IS NOT NULL);

CREATE UNIQUE INDEX migrations_pair ON public.migrations USING btree (tenant_id, batch_id, account_pair);

CREATE INDEX passes_beside ON public.passes USING btree (lane_id, ready_at) WHERE beside;

CREATE INDEX passes_node ON public.passes USING btree (node_id) WHERE (node_id IS NOT NULL);

CREATE INDEX passes_ready ON public.passes USING btree (lane_id, ready_at, pass_id) WHERE (node_id IS NULL);

ALTER TABLE ONLY public.host_slots
    ADD CONSTRAINT host_slots_host_group_id_fkey FOREIGN KEY (host_group_id) REFERENCES public.host_groups(host_group_id);

ALTER TABLE ONLY public.hosts
    ADD CONSTRAINT hosts_host_group_id_fkey FOREIGN KEY (host_group_id) REFERENCES public.host_groups(host_group_id);

ALTER TABLE ONLY public.lanes
    ADD CONSTRAINT lanes_destination_group_fkey FOREIGN KEY (destination_group) REFERENCES public.host_groups(host_group_id);

ALTER TABLE ONLY public.lanes
    ADD CONSTRAINT lanes_source_group_fkey FOREIGN KEY (source_group) REFERENCES public.host_groups(host_group_id);

ALTER TABLE ONLY public.lanes
    ADD CONSTRAINT lanes_tenant_id_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES public.batches(tenant_id, batch_id);

ALTER TABLE ONLY public.ledger_facts
    ADD CONSTRAINT ledger_facts_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES public.ledger_folders(folder_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ledger_intents
    ADD CONSTRAINT ledger_intents_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES public.ledger_folders(folder_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ledger_receipts
    ADD CONSTRAINT ledger_receipts_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES public.ledger_folders(folder_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ledger_segments
    ADD CONSTRAINT ledger_segments_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES public.ledger_folders(folder_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_tenant_id_batch_id_fkey FOREIGN KEY (tenant_id, batch_id) REFERENCES public.batches(tenant_id, batch_id);

