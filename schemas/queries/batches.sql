-- name: create_batch
insert into batches (tenant_id, batch_id, name, priority) values ($1, $2, $3, $4)
on conflict do nothing;

-- name: get_batch
select batch_id, name, priority, paused, extract(epoch from created_at) from batches
where tenant_id = $1 and batch_id = $2;

-- name: list_batches
select batch_id, name, priority, paused, extract(epoch from created_at) from batches
where tenant_id = $1 and batch_id > $2 order by batch_id limit $3;

-- name: batch_states
select batch_id, state, count(*) from migrations
where tenant_id = $1 and batch_id = any($2::text[]) group by batch_id, state;

-- name: batch_progress
select m.batch_id,
       coalesce(sum(p.folders_total), 0), coalesce(sum(p.folders_done), 0), coalesce(sum(p.folders_created), 0),
       coalesce(sum(p.messages_total), 0), coalesce(sum(p.bytes_total), 0), coalesce(sum(p.messages_matched), 0),
       coalesce(sum(p.messages_copied), 0), coalesce(sum(p.bytes_copied), 0), coalesce(sum(p.messages_failed), 0),
       coalesce(sum(p.messages_skipped), 0), coalesce(sum(p.flags_updated), 0), coalesce(sum(p.messages_foreign), 0),
       coalesce(sum(p.messages_filtered), 0), coalesce(sum(p.messages_moved), 0),
       coalesce(sum(p.messages_verified), 0), coalesce(sum(p.messages_removed), 0)
from migrations m join progress p using (tenant_id, migration_id)
where m.tenant_id = $1 and m.batch_id = any($2::text[]) group by m.batch_id;

-- name: batch_passes_beside
select l.batch_id, p.kind, count(*) from passes p join lanes l using (lane_id)
where p.beside and l.tenant_id = $1 and l.batch_id = any($2::text[]) group by l.batch_id, p.kind;

-- name: set_batch_paused
update batches set paused = $3 where tenant_id = $1 and batch_id = $2;

-- name: state_counts
select phase, state, count(*) from migrations group by phase, state;

-- name: set_paused
update cluster set paused = $1;

-- name: get_paused
select paused from cluster;
