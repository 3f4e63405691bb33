-- The timeline is that of the WAL being written: pg_control_checkpoint() goes on telling the old one for minutes after a
-- standby was promoted. A node belongs to the timeline it joined on, and writes nothing on another: what it holds in
-- memory may tell of rows that were lost with the old primary. It joins again, under a new id.

-- name: join_node
insert into nodes (node_id, host_name, timeline, lease_until)
values ($1, $2, current_timeline(),
        now() + make_interval(secs => $3))
on conflict (node_id) do update set lease_until = excluded.lease_until, timeline = excluded.timeline;

-- name: renew_node
update nodes set lease_until = now() + make_interval(secs => $2)
where node_id = $1 and lease_until > now()
  and timeline = current_timeline();

-- name: lease_of_other_timeline
select timeline <> current_timeline() from nodes where node_id = $1;

-- name: earlier_leases
-- For how many seconds leases of before a promotion may still be trusted by somebody. Their last renewals may not have
-- reached this database, so each counts one lease longer than its row says.
select coalesce(greatest(0, extract(epoch from max(lease_until) - now())::float8 + $1), 0) from nodes
where timeline <> current_timeline();

-- name: passes_to_stop
select p.migration_id from passes p join migrations m using (tenant_id, migration_id)
join batches b on b.tenant_id = m.tenant_id and b.batch_id = m.batch_id
where p.node_id = $1 and not p.beside and (m.state in ('paused', 'cancelled') or b.paused);

-- name: leave_node
delete from nodes where node_id = $1;

-- name: drop_dead_nodes
delete from nodes n where n.lease_until < now() - interval '1 hour'
and not exists (select from passes p where p.node_id = n.node_id);

-- name: queue_lanes
-- A node never takes more than a few hundred at once, so counting stops there. A paused batch lets passes beside go.
select l.lane_id, l.tenant_id, l.batch_id, l.source_group, l.destination_group, b.priority, r.ready,
       extract(epoch from now() - l.last_claim)
from lanes l join batches b on b.tenant_id = l.tenant_id and b.batch_id = l.batch_id
cross join lateral (select count(*) as ready from (
    select 1 from passes p where not b.paused and p.lane_id = l.lane_id and p.node_id is null and p.ready_at <= now()
    union all
    select 1 from passes p where b.paused and p.beside and p.lane_id = l.lane_id and p.node_id is null
        and p.ready_at <= now()
    limit 256) x) r
where r.ready > 0;

-- name: host_room
select g.host_group_id,
       coalesce(nullif(g.connections_as_source, 0), c.connections_as_source)
         - (select count(*) from host_slots s where s.host_group_id = g.host_group_id and s.side = 'source'
            and s.pass_id is not null),
       coalesce(nullif(g.connections_as_destination, 0), c.connections_as_destination)
         - (select count(*) from host_slots s where s.host_group_id = g.host_group_id and s.side = 'destination'
            and s.pass_id is not null)
from host_groups g cross join cluster c where g.host_group_id = any($1::text[]);

-- name: node_is_alive
-- The weakest lock, which keeps the row from being deleted and never makes a heartbeat wait.
select from nodes where node_id = $1 and lease_until > now()
  and timeline = current_timeline() for key share;

-- name: claim_groups
-- Claims at one host come one after another, as the room that one sees the other must not take. In one order, so that
-- two never wait for each other.
select from host_groups where host_group_id in (
    select source_group from lanes where lane_id = any($1::text[])
    union all select destination_group from lanes where lane_id = any($1::text[]))
order by host_group_id for no key update;

-- name: claim_lane
select l.tenant_id, l.source_group, l.destination_group, b.paused from lanes l
join batches b on b.tenant_id = l.tenant_id and b.batch_id = l.batch_id cross join cluster c
where l.lane_id = $1 and not c.paused;

-- name: claim_slots
-- Under the lock of claim_groups. Held slots above a lowered limit count, so nothing starts until enough have ended.
with room as (
    select case $2 when 'source' then coalesce(nullif(g.connections_as_source, 0), c.connections_as_source)
           else coalesce(nullif(g.connections_as_destination, 0), c.connections_as_destination) end
           - (select count(*) from host_slots where host_group_id = $1 and side = $2 and pass_id is not null) as free
    from host_groups g cross join cluster c where g.host_group_id = $1
)
select s.slot_no from host_slots s where s.host_group_id = $1 and s.side = $2 and s.pass_id is null
order by s.slot_no limit (select greatest(0, least(free, $3::bigint)) from room) for update of s skip locked;

-- name: claim_candidates
-- A migration that somebody is pausing or cancelling is passed over. $4: the batch is paused.
select p.pass_id, lower(m.destination_user)
from passes p join migrations m using (tenant_id, migration_id)
where p.lane_id = $1 and p.node_id is null and p.ready_at <= now() and (not $4 or p.beside)
  and not exists (select from destination_locks d where d.host_group_id = $2 and d.account = lower(m.destination_user))
order by p.ready_at, p.pass_id limit $3 for update of p, m skip locked;

-- name: claim_locks
insert into destination_locks (host_group_id, account, pass_id)
select $1, n.account, n.pass_id from unnest($2::text[], $3::text[]) n (account, pass_id)
on conflict do nothing returning pass_id;

-- name: take_slots
update host_slots s set pass_id = n.pass_id from unnest($3::int[], $4::text[]) n (slot_no, pass_id)
where s.host_group_id = $1 and s.side = $2 and s.slot_no = n.slot_no;

-- name: take_passes
with taken as (
    update passes set node_id = $1, generation = nextval('generations'), claimed_at = now()
    where tenant_id = $3 and pass_id = any($2::text[]) returning *
), running as (
    update migrations m set state = 'running', attempts = t.attempt, updated_at = now(), next_attempt_at = null
    from taken t where m.tenant_id = t.tenant_id and m.migration_id = t.migration_id and not t.beside
)
select t.tenant_id, t.pass_id, t.migration_id, m.batch_id, t.kind, t.generation, t.attempt,
       m.source_host, m.source_port, m.source_tls, m.source_verify, m.source_user, m.source_auth_user, m.source_key_id,
       m.source_secret, m.destination_host, m.destination_port, m.destination_tls, m.destination_verify,
       m.destination_user, m.destination_auth_user, m.destination_key_id, m.destination_secret, m.options || t.options
from taken t join migrations m on m.tenant_id = t.tenant_id and m.migration_id = t.migration_id order by t.generation;

-- name: lane_served
update lanes set last_claim = now() where lane_id = $1;

-- name: own_pass
select p.claimed_at from passes p join nodes n using (node_id)
where p.tenant_id = $1 and p.pass_id = $2 and p.node_id = $3 and p.generation = $4
  and n.timeline = current_timeline() for update of p;

-- name: add_attempt
insert into attempts (tenant_id, migration_id, generation, pass_id, kind, attempt, node_id, result, error_kind,
                      error_reach, error_cause, error_context, started_at, counters, skipped, options, findings,
                      messages_digested, set_digest)
select tenant_id, migration_id, generation, pass_id, kind, attempt, node_id, $3, $4, $5, $6, $7, claimed_at, $8::jsonb,
       $9::jsonb, options, $10::jsonb, $11, $12
from passes where tenant_id = $1 and pass_id = $2;

-- name: clear_issues
delete from issues where tenant_id = $1 and migration_id = $2;

-- name: add_issues
insert into issues (tenant_id, migration_id, pass_id, kind, reach, folder, uid, size, detail)
select $1, $2, $3, n.kind, n.reach, n.folder, n.uid, n.size, n.detail
from unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[])
     n (kind, reach, folder, uid, size, detail);

-- name: clear_folder_reports
-- $3: also those of the pass that a report is made of.
delete from folder_reports where tenant_id = $1 and migration_id = $2 and ($3 or not reported);

-- name: add_folder_reports
insert into folder_reports (tenant_id, migration_id, position, pass_id, source_name, destination_name, rule, why,
    folders_total, folders_done, folders_created, messages_total, bytes_total, messages_matched, messages_copied,
    bytes_copied, messages_failed, messages_skipped, flags_updated, messages_foreign, messages_filtered,
    messages_moved, messages_verified, messages_removed, skipped, error_kind, error_reach, error_cause, error_context,
    reported)
select $1, $2, n.position, $3, n.source_name, n.destination_name, n.rule, n.why,
    n.folders_total, n.folders_done, n.folders_created, n.messages_total, n.bytes_total, n.messages_matched,
    n.messages_copied, n.bytes_copied, n.messages_failed, n.messages_skipped, n.flags_updated, n.messages_foreign,
    n.messages_filtered, n.messages_moved, n.messages_verified, n.messages_removed, n.skipped, n.error_kind, n.error_reach,
    n.error_cause, n.error_context, r.reported
from jsonb_populate_recordset(null::folder_reports, $4::jsonb) n cross join unnest($5::boolean[]) r (reported);

-- name: free_slots
update host_slots set pass_id = null where pass_id = any($1::text[]);

-- name: free_locks
delete from destination_locks where pass_id = any($1::text[]);

-- name: drop_surplus_slots
delete from host_slots s using host_groups g, cluster c
where g.host_group_id = s.host_group_id and s.pass_id is null and s.slot_no > case s.side
    when 'source' then coalesce(nullif(g.connections_as_source, 0), c.connections_as_source)
    else coalesce(nullif(g.connections_as_destination, 0), c.connections_as_destination) end;

-- name: end_pass
delete from passes where tenant_id = $1 and pass_id = $2;

-- name: requeue_pass
update passes set node_id = null, generation = null, claimed_at = null, attempt = attempt + $4,
       ready_at = now() + make_interval(secs => $3)
where tenant_id = $1 and pass_id = $2;

-- name: queue_after_beside
-- The pass that one beside stood in for, or that was asked for while it ran.
update passes p set kind = 'sync', pass_id = $3, node_id = null, generation = null, claimed_at = null, options = '{}',
       ready_at = coalesce(m.next_attempt_at, now()), attempt = case m.attempts when 0 then 1 else p.next_attempt end,
       next_attempt = 1
from migrations m where p.tenant_id = $1 and p.pass_id = $2 and m.tenant_id = p.tenant_id
  and m.migration_id = p.migration_id;

-- name: finish_migration
update migrations set state = $3, phase = coalesce($4, phase), error_kind = $5, error_reach = $6, error_cause = $7,
       error_context = $8, next_attempt_at = case when $9::float8 is null then null
                                             else now() + make_interval(secs => $9::float8) end,
       updated_at = now()
where tenant_id = $1 and migration_id = $2;

-- name: undone_migration
-- Nothing of what was counted is on the destination any more.
with forgotten as (
    delete from progress where tenant_id = $1 and migration_id = $2
)
update migrations set phase = 'presync', state = 'waiting', attempts = 0, error_kind = null, error_reach = null,
       error_cause = null, error_context = null, next_attempt_at = null, updated_at = now()
where tenant_id = $1 and migration_id = $2;

-- name: expired_passes
select p.pass_id from passes p left join nodes n using (node_id)
where p.node_id is not null and (n.node_id is null or n.lease_until <= now()) for update of p skip locked;

-- name: passes_of_node
select p.pass_id from passes p join migrations m using (tenant_id, migration_id)
where p.node_id = $1 and p.pass_id <> all($2::text[]) for update of m, p;

-- name: release_passes
-- The condition on node_id is for the index.
with given_back as (
    select p.* from passes p where p.node_id is not null and p.pass_id = any($1::text[])
), noted as (
    insert into attempts (tenant_id, migration_id, generation, pass_id, kind, attempt, node_id, result, started_at, counters,
                          options)
    select tenant_id, migration_id, generation, pass_id, kind, attempt, node_id, 'interrupted', claimed_at, '{}', options
    from given_back
), requeued as (
    update passes p set node_id = null, generation = null, claimed_at = null, ready_at = now()
    from migrations m where p.node_id is not null and p.pass_id = any($1::text[]) and m.tenant_id = p.tenant_id
      and m.migration_id = p.migration_id and (p.beside or m.state not in ('paused', 'cancelled'))
), dropped as (
    delete from passes p using migrations m
    where p.node_id is not null and p.pass_id = any($1::text[]) and m.tenant_id = p.tenant_id
      and m.migration_id = p.migration_id and not p.beside and m.state in ('paused', 'cancelled')
)
update migrations m set state = 'ready', updated_at = now() from given_back g
where m.tenant_id = g.tenant_id and m.migration_id = g.migration_id and m.state = 'running';

-- name: save_progress
-- What a pass beside counts is not the migration's progress.
insert into progress (tenant_id, migration_id, folder, folders_total, folders_done, folders_created, messages_total,
    bytes_total, messages_matched, messages_copied, bytes_copied, messages_failed, messages_skipped, flags_updated,
    messages_foreign, messages_filtered, messages_moved, messages_verified, messages_removed)
select p.tenant_id, p.migration_id, n.folder, n.c1, n.c2, n.c3, n.c4, n.c5, n.c6, n.c7, n.c8, n.c9, n.c10, n.c11, n.c12,
       n.c13, n.c14, n.c15, n.c16
from unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
            $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[])
     n (migration_id, generation, folder, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16)
join passes p on p.migration_id = n.migration_id and p.generation = n.generation and p.node_id = $1
  and not p.beside
join nodes o on o.node_id = p.node_id
  and o.timeline = current_timeline()
on conflict (tenant_id, migration_id) do update set folder = excluded.folder,
    folders_total = excluded.folders_total, folders_done = excluded.folders_done,
    folders_created = excluded.folders_created, messages_total = excluded.messages_total,
    bytes_total = excluded.bytes_total, messages_matched = excluded.messages_matched,
    messages_copied = excluded.messages_copied, bytes_copied = excluded.bytes_copied,
    messages_failed = excluded.messages_failed, messages_skipped = excluded.messages_skipped,
    flags_updated = excluded.flags_updated, messages_foreign = excluded.messages_foreign,
    messages_filtered = excluded.messages_filtered, messages_moved = excluded.messages_moved,
    messages_verified = excluded.messages_verified, messages_removed = excluded.messages_removed;
