-- name: ledger_folder
-- The fence: a row only while the claim stands, and on the timeline that it was made on (queue.sql); locked so that it
-- stands until the transaction ends. Nulls: a new folder.
select f.folder_id, f.source_uidvalidity, f.source_uidnext, f.source_highestmodseq, f.destination_uidvalidity,
       f.watermark, f.slowest_append_ms, f.key_rung, f.rest_options, f.rest_source_messages, f.rest_source_bytes,
       f.rest_without_entry, f.rest_removed, f.rest_destination_messages, f.rest_destination_uidnext,
       f.rest_destination_highestmodseq, f.rest_foreign
from passes p
join nodes n on n.node_id = p.node_id
    and n.timeline = current_timeline()
left join ledger_folders f on f.tenant_id = p.tenant_id and f.migration_id = p.migration_id
    and sha256(f.source_name) = sha256($5::bytea) and sha256(f.destination_name) = sha256($6::bytea)
where p.tenant_id = $1 and p.pass_id = $2 and p.node_id = $3 and p.generation = $4 for share of p;

-- name: ledger_add_folder
-- Two intents of a new folder may come at once; the second one gets the row of the first.
insert into ledger_folders (tenant_id, migration_id, source_name, destination_name) values ($1, $2, $3, $4)
on conflict (tenant_id, migration_id, sha256(source_name), sha256(destination_name))
do update set source_name = excluded.source_name returning folder_id;

-- name: ledger_pairs
-- Behind the same fence. A row of nulls: there are none.
select f.source_name, f.destination_name, f.source_uidvalidity, f.source_uidnext, f.source_highestmodseq,
       f.destination_uidvalidity, f.watermark, f.slowest_append_ms, f.key_rung, f.rest_options, f.rest_source_messages,
       f.rest_source_bytes, f.rest_without_entry, f.rest_removed, f.rest_destination_messages, f.rest_destination_uidnext,
       f.rest_destination_highestmodseq, f.rest_foreign,
       exists (select from ledger_intents i where i.folder_id = f.folder_id and i.open)
from passes p
join nodes n on n.node_id = p.node_id
    and n.timeline = current_timeline()
left join ledger_folders f on f.tenant_id = p.tenant_id and f.migration_id = p.migration_id
where p.tenant_id = $1 and p.pass_id = $2 and p.node_id = $3 and p.generation = $4
order by f.source_name, f.destination_name for share of p;

-- name: ledger_set_cursor
update ledger_folders set source_uidvalidity = $2, source_uidnext = $3, source_highestmodseq = $4,
       destination_uidvalidity = $5, watermark = $6, slowest_append_ms = $7, key_rung = $8, rest_options = $9,
       rest_source_messages = $10, rest_source_bytes = $11, rest_without_entry = $12, rest_removed = $13,
       rest_destination_messages = $14, rest_destination_uidnext = $15, rest_destination_highestmodseq = $16,
       rest_foreign = $17
where folder_id = $1
  and (source_uidvalidity, source_uidnext, source_highestmodseq, destination_uidvalidity, watermark, slowest_append_ms,
       key_rung, rest_options, rest_source_messages, rest_source_bytes, rest_without_entry, rest_removed,
       rest_destination_messages, rest_destination_uidnext, rest_destination_highestmodseq, rest_foreign)
      is distinct from ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- name: ledger_segments
select first_uid, entries from ledger_segments where folder_id = $1 and first_uid > $2 order by first_uid limit 16;

-- name: ledger_segment
-- The one that holds a UID, else the one before it, else the first; and where the next begins.
with place as (
    select greatest($2::bigint, (select min(first_uid) from ledger_segments where folder_id = $1)) as uid
)
select s.first_uid, s.entries,
       (select min(n.first_uid) from ledger_segments n where n.folder_id = $1 and n.first_uid > place.uid)
from place left join lateral (
    select first_uid, entries from ledger_segments where folder_id = $1 and first_uid <= place.uid
    order by first_uid desc limit 1) s on true;

-- name: ledger_receipts
select source_uid, destination_uid, provenance, flags, key_hash from ledger_receipts
where folder_id = $1 and source_uid > $2 order by source_uid limit 4096;

-- name: ledger_intents
select source_uid, key_hash, size, doubts, open from ledger_intents where folder_id = $1 order by source_uid;

-- name: ledger_intend
insert into ledger_intents (folder_id, source_uid, key_hash, size, doubts, open)
select $1, n.source_uid, n.key_hash, n.size, n.doubts, n.open <> 0
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::int[])
     n (source_uid, key_hash, size, doubts, open)
on conflict (folder_id, source_uid) do update set key_hash = excluded.key_hash, size = excluded.size,
    doubts = excluded.doubts, open = excluded.open;

-- name: ledger_record
with arrived as (
    delete from ledger_intents where folder_id = $1 and source_uid = any($2::bigint[]) and doubts = 0
), closed as (
    update ledger_intents set open = false where folder_id = $1 and source_uid = any($2::bigint[]) and doubts > 0
)
insert into ledger_receipts (folder_id, source_uid, destination_uid, provenance, flags, key_hash)
select $1, n.source_uid, n.destination_uid, n.provenance, n.flags, n.key_hash
from unnest($2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::bigint[])
     n (source_uid, destination_uid, provenance, flags, key_hash)
on conflict (folder_id, source_uid) do update set destination_uid = excluded.destination_uid,
    provenance = excluded.provenance, flags = excluded.flags, key_hash = excluded.key_hash;

-- name: ledger_drop_segment
delete from ledger_segments where folder_id = $1 and first_uid = $2;

-- name: ledger_add_segment
insert into ledger_segments (folder_id, first_uid, last_uid, entries) values ($1, $2, $3, $4);

-- name: ledger_drop_receipts
delete from ledger_receipts where folder_id = $1;

-- name: ledger_close_intents
with dropped as (
    delete from ledger_intents where folder_id = $1 and source_uid = any($2::bigint[]) and doubts = 0
)
update ledger_intents set open = false where folder_id = $1 and source_uid = any($2::bigint[]) and doubts > 0;

-- name: ledger_close_all_intents
with dropped as (
    delete from ledger_intents where folder_id = $1 and doubts = 0
)
update ledger_intents set open = false where folder_id = $1 and doubts > 0 and open;

-- name: ledger_forget
delete from ledger_folders where folder_id = $1;

-- name: ledger_facts
select uid, value from ledger_facts where folder_id = $1 and kind = $2 order by uid;

-- name: ledger_keep_facts
-- $5: a fact that is there stays.
insert into ledger_facts (folder_id, kind, uid, value)
select $1, $2, n.uid, n.value from unnest($3::bigint[], $4::bytea[]) n (uid, value)
on conflict (folder_id, kind, uid) do update set value = case when $5 then ledger_facts.value else excluded.value end;

-- name: ledger_drop_facts
delete from ledger_facts where folder_id = $1 and kind = $2 and uid = any($3::bigint[]);

-- name: pass_is_ours
-- The fence, where no folder is meant.
select from passes p join nodes n on n.node_id = p.node_id
    and n.timeline = current_timeline()
where p.tenant_id = $1 and p.pass_id = $2 and p.node_id = $3 and p.generation = $4 for share of p;

-- name: drop_other_findings
-- When a verify or undo pass has come to its end.
delete from findings where tenant_id = $1 and migration_id = $2 and generation <> $3;

-- name: drop_stale_findings
-- Of attempts that did not end; those of the last pass that did stay until this one does.
delete from findings f where tenant_id = $1 and migration_id = $2 and generation <> $3
  and not exists (select from attempts a where a.tenant_id = f.tenant_id and a.migration_id = f.migration_id
                  and a.generation = f.generation and a.result not in ('retried', 'interrupted'));

-- name: add_findings
insert into findings (tenant_id, migration_id, pass_id, generation, kind, folder, destination_folder, source_uid,
                      destination_uid, size, detail)
select $1, $2, $3, $4, n.kind, n.folder, n.destination_folder, n.source_uid, n.destination_uid, n.size, n.detail
from unnest($5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[])
     n (kind, folder, destination_folder, source_uid, destination_uid, size, detail);
