-- name: stage_migrations
create temporary table staged (
    tenant_id text, migration_id text, batch_id text, external_id text, row_number bigint, account_pair uuid,
    source_name text, source_host text, source_port integer, source_tls text, source_verify boolean, source_user text,
    source_auth_user text, source_key_id text, source_secret bytea,
    destination_name text, destination_host text, destination_port integer, destination_tls text,
    destination_verify boolean, destination_user text, destination_auth_user text, destination_key_id text,
    destination_secret bytea, options jsonb, pass_id text
) on commit drop;

-- name: lock_hosts
-- Two imports that bring the same new host make one group of it.
lock table hosts in share row exclusive mode;

-- name: staged_hosts
select distinct name from (select source_name from staged union select destination_name from staged) s (name)
where not exists (select from hosts h where h.name = s.name) order by name;

-- name: add_host
with fresh as (
    insert into host_groups (host_group_id, name) select $1, $2
    where not exists (select from hosts where name = $2) returning host_group_id
)
insert into hosts (name, host_group_id) select $2, host_group_id from fresh on conflict do nothing;

-- name: add_slots
insert into host_slots (host_group_id, side, slot_no)
select g.host_group_id, side, slot_no
from host_groups g cross join cluster c cross join (values ('source'), ('destination')) s (side)
cross join lateral generate_series(1, case side
    when 'source' then coalesce(nullif(g.connections_as_source, 0), c.connections_as_source)
    else coalesce(nullif(g.connections_as_destination, 0), c.connections_as_destination) end) slot_no
on conflict do nothing;

-- name: staged_lanes
select distinct h1.host_group_id, h2.host_group_id
from staged s join hosts h1 on h1.name = s.source_name join hosts h2 on h2.name = s.destination_name
where not exists (select from lanes l where l.tenant_id = s.tenant_id and l.batch_id = s.batch_id
                  and l.source_group = h1.host_group_id and l.destination_group = h2.host_group_id);

-- name: add_lane
insert into lanes (lane_id, tenant_id, batch_id, source_group, destination_group) values ($1, $2, $3, $4, $5)
on conflict do nothing;

-- name: store_staged
with stored as (
    insert into migrations (tenant_id, migration_id, batch_id, lane_id, external_id, row_number, account_pair,
        source_host, source_port, source_tls, source_verify, source_user, source_auth_user, source_key_id, source_secret,
        destination_host, destination_port, destination_tls, destination_verify, destination_user,
        destination_auth_user, destination_key_id, destination_secret, options)
    select s.tenant_id, s.migration_id, s.batch_id, l.lane_id, s.external_id, s.row_number, s.account_pair,
        s.source_host, s.source_port, s.source_tls, s.source_verify, s.source_user, s.source_auth_user, s.source_key_id,
        s.source_secret, s.destination_host, s.destination_port, s.destination_tls, s.destination_verify,
        s.destination_user, s.destination_auth_user, s.destination_key_id, s.destination_secret, s.options
    from staged s join hosts h1 on h1.name = s.source_name join hosts h2 on h2.name = s.destination_name
    join lanes l on l.tenant_id = s.tenant_id and l.batch_id = s.batch_id
         and l.source_group = h1.host_group_id and l.destination_group = h2.host_group_id
    order by s.migration_id
    on conflict do nothing
    returning tenant_id, migration_id, lane_id, row_number
), queued as (
    insert into passes (tenant_id, pass_id, migration_id, lane_id, kind)
    select stored.tenant_id, staged.pass_id, stored.migration_id, stored.lane_id, 'sync'
    from stored join staged using (tenant_id, migration_id)
)
select migration_id from stored;

-- name: staged_duplicates
select row_number from staged s
where not exists (select from migrations m where m.tenant_id = s.tenant_id and m.migration_id = s.migration_id)
order by row_number;

-- name: get_migration
select m.migration_id, m.batch_id, coalesce(m.external_id, ''), m.row_number, m.source_host, m.source_port, m.source_tls,
       m.source_verify, m.source_user, m.source_auth_user, m.destination_host, m.destination_port, m.destination_tls,
       m.destination_verify, m.destination_user, m.destination_auth_user, m.phase, m.state, m.attempts, m.error_kind,
       m.error_reach, m.error_cause, m.error_context, extract(epoch from m.next_attempt_at),
       extract(epoch from m.created_at), extract(epoch from m.updated_at), coalesce(p.folder, ''),
       coalesce(p.folders_total, 0), coalesce(p.folders_done, 0), coalesce(p.folders_created, 0),
       coalesce(p.messages_total, 0), coalesce(p.bytes_total, 0), coalesce(p.messages_matched, 0),
       coalesce(p.messages_copied, 0), coalesce(p.bytes_copied, 0), coalesce(p.messages_failed, 0),
       coalesce(p.messages_skipped, 0), coalesce(p.flags_updated, 0), coalesce(p.messages_foreign, 0),
       coalesce(p.messages_filtered, 0), coalesce(p.messages_moved, 0), coalesce(p.messages_verified, 0),
       coalesce(p.messages_removed, 0),
       case when q.pass_id is null then a.result when q.node_id is null then 'queued' else 'running' end,
       a.error_kind, a.error_reach, a.error_cause, a.error_context, coalesce(q.kind, a.kind),
       coalesce(q.options, a.options), a.findings
from migrations m left join progress p using (tenant_id, migration_id)
left join passes q on q.tenant_id = m.tenant_id and q.migration_id = m.migration_id and q.beside
left join lateral (select * from attempts t where t.tenant_id = m.tenant_id and t.migration_id = m.migration_id
    order by t.generation desc limit 1) a on a.kind in ('preflight', 'verify', 'undo') and q.pass_id is null
where m.tenant_id = $1 and m.migration_id = $2;

-- name: list_migrations
select m.migration_id, m.batch_id, coalesce(m.external_id, ''), m.row_number, m.source_host, m.source_port, m.source_tls,
       m.source_verify, m.source_user, m.source_auth_user, m.destination_host, m.destination_port, m.destination_tls,
       m.destination_verify, m.destination_user, m.destination_auth_user, m.phase, m.state, m.attempts, m.error_kind,
       m.error_reach, m.error_cause, m.error_context, extract(epoch from m.next_attempt_at),
       extract(epoch from m.created_at), extract(epoch from m.updated_at), coalesce(p.folder, ''),
       coalesce(p.folders_total, 0), coalesce(p.folders_done, 0), coalesce(p.folders_created, 0),
       coalesce(p.messages_total, 0), coalesce(p.bytes_total, 0), coalesce(p.messages_matched, 0),
       coalesce(p.messages_copied, 0), coalesce(p.bytes_copied, 0), coalesce(p.messages_failed, 0),
       coalesce(p.messages_skipped, 0), coalesce(p.flags_updated, 0), coalesce(p.messages_foreign, 0),
       coalesce(p.messages_filtered, 0), coalesce(p.messages_moved, 0), coalesce(p.messages_verified, 0),
       coalesce(p.messages_removed, 0),
       case when q.pass_id is null then a.result when q.node_id is null then 'queued' else 'running' end,
       a.error_kind, a.error_reach, a.error_cause, a.error_context, coalesce(q.kind, a.kind),
       coalesce(q.options, a.options), a.findings
from migrations m left join progress p using (tenant_id, migration_id)
left join passes q on q.tenant_id = m.tenant_id and q.migration_id = m.migration_id and q.beside
left join lateral (select * from attempts t where t.tenant_id = m.tenant_id and t.migration_id = m.migration_id
    order by t.generation desc limit 1) a on a.kind in ('preflight', 'verify', 'undo') and q.pass_id is null
where m.tenant_id = $1 and m.migration_id > $2 and ($3 = '' or m.batch_id = $3) and ($4 = '' or m.state = $4)
  and ($5 = '' or m.error_kind = $5)
  and ($6 = '' or strpos(lower(m.source_user), lower($6)) > 0 or strpos(lower(m.destination_user), lower($6)) > 0)
order by m.migration_id limit $7;

-- name: list_passes
select * from (
    select generation, pass_id, kind, attempt, result, error_kind, error_reach, error_cause, error_context,
           extract(epoch from started_at) as started, extract(epoch from finished_at) as finished, counters, skipped,
           options, findings, messages_digested, set_digest
    from attempts where tenant_id = $1 and migration_id = $2
    union all
    select p.generation, p.pass_id, p.kind, p.attempt, 'running', null, null, null, null,
           extract(epoch from p.claimed_at), null, null, null, p.options, null, 0, ''
    from passes p where p.tenant_id = $1 and p.migration_id = $2 and p.node_id is not null
) a where generation < $3 order by generation desc limit $4;

-- name: list_issues
select issue_no, pass_id, kind, reach, folder, uid, size, detail from issues
where tenant_id = $1 and migration_id = $2 and issue_no > $3 order by issue_no limit $4;

-- name: reported_pass
-- The last verify or undo pass that came to an end, with all its options.
select a.generation, a.pass_id, a.kind, a.attempt, a.result, a.error_kind, a.error_reach, a.error_cause, a.error_context,
       extract(epoch from a.started_at), extract(epoch from a.finished_at), a.counters, a.skipped, a.options, a.findings,
       a.messages_digested, a.set_digest, m.options || a.options
from attempts a join migrations m using (tenant_id, migration_id)
where a.tenant_id = $1 and a.migration_id = $2 and a.kind in ('verify', 'undo')
  and a.result not in ('retried', 'interrupted') order by a.generation desc limit 1;

-- name: list_findings
-- $5: of which attempt.
select finding_no, pass_id, kind, folder, destination_folder, source_uid, destination_uid, size, detail from findings
where tenant_id = $1 and migration_id = $2 and finding_no > $3 and ($4 = '' or kind = $4) and generation = $5
order by finding_no limit $6;

-- name: list_folder_reports
-- $5: those of the pass that a report is made of, else those of the last one that ended.
select position, pass_id, source_name, destination_name, rule, why, skipped, error_kind, error_reach, error_cause,
       error_context, folders_total, folders_done, folders_created, messages_total, bytes_total, messages_matched,
       messages_copied, bytes_copied, messages_failed, messages_skipped, flags_updated, messages_foreign,
       messages_filtered, messages_moved, messages_verified, messages_removed
from folder_reports where tenant_id = $1 and migration_id = $2 and position > $3 and reported = $5
order by position limit $4;

-- name: lock_migration
select state from migrations where tenant_id = $1 and migration_id = $2 for update;

-- name: undo_runs
-- After it there is nothing to go on with, so nothing is queued behind it.
select from passes where tenant_id = $1 and migration_id = $2 and kind = 'undo' and node_id is not null;

-- name: lock_batch_migrations
-- $6: not those that are being undone.
select migration_id, state from migrations m
where tenant_id = $1 and batch_id = $2 and state = any($3::text[]) and migration_id > $4
  and not ($6 and exists (select from passes p where p.tenant_id = m.tenant_id and p.migration_id = m.migration_id
                          and p.kind = 'undo' and p.node_id is not null))
order by migration_id limit $5 for update;

-- name: set_states
update migrations m set state = n.state, updated_at = now(), attempts = case when n.state = 'ready' then 0 else m.attempts end,
       next_attempt_at = null,
       error_kind = case when n.state = 'ready' then null else m.error_kind end,
       error_reach = case when n.state = 'ready' then null else m.error_reach end,
       error_cause = case when n.state = 'ready' then null else m.error_cause end,
       error_context = case when n.state = 'ready' then null else m.error_context end
from unnest($2::text[], $3::text[]) n (migration_id, state)
where m.tenant_id = $1 and m.migration_id = n.migration_id;

-- name: queue_passes
insert into passes (tenant_id, pass_id, migration_id, lane_id, kind)
select m.tenant_id, n.pass_id, m.migration_id, m.lane_id, 'sync'
from unnest($2::text[], $3::text[]) n (migration_id, pass_id)
join migrations m on m.tenant_id = $1 and m.migration_id = n.migration_id
on conflict (tenant_id, migration_id) do update set ready_at = now(), attempt = 1, next_attempt = 1, options = '{}',
    kind = excluded.kind, pass_id = case when passes.beside then excluded.pass_id else passes.pass_id end
    where passes.node_id is null;

-- name: queue_beside
-- A sync pass that waits gives its place, and gets it back (queue_after_beside); one that runs keeps it, and so does
-- another kind of pass beside. An undo needs the whole place, a phase ($6) before cutover, and, unless it is dry, a dry one
-- as the last pass that ended.
insert into passes (tenant_id, pass_id, migration_id, lane_id, kind, options)
select m.tenant_id, n.pass_id, m.migration_id, m.lane_id, $4, $5::jsonb
from unnest($2::text[], $3::text[]) n (migration_id, pass_id)
join migrations m on m.tenant_id = $1 and m.migration_id = n.migration_id
where $4 <> 'undo' or (m.phase = any($6::text[]) and ($5::jsonb -> 'dry' = 'true' or exists (
    select from (select * from attempts t where t.tenant_id = m.tenant_id and t.migration_id = m.migration_id
                 order by t.generation desc limit 1) a
    where a.kind = 'undo' and a.result = 'succeeded' and a.options -> 'dry' = 'true')))
on conflict (tenant_id, migration_id) do update set kind = excluded.kind, options = excluded.options,
    pass_id = case passes.kind when excluded.kind then passes.pass_id else excluded.pass_id end,
    next_attempt = case when passes.beside then passes.next_attempt else passes.attempt end,
    attempt = case when passes.node_id is null then 1 else passes.attempt end,
    ready_at = case when passes.node_id is null then now() else passes.ready_at end
    where (passes.node_id is null and excluded.kind <> 'undo' and (not passes.beside or passes.kind = excluded.kind))
       or (passes.kind = 'preflight' and excluded.kind = 'preflight')
returning migration_id;

-- name: unqueue_passes
delete from passes where tenant_id = $1 and migration_id = any($2::text[]) and node_id is null;

-- name: wake
select pg_notify('godwit_wake', '');
