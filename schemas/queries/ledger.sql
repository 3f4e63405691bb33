-- name: ledger_folder
-- The fence: a row only while the claim stands, and on the timeline that it was made on (queue.sql); locked so that it
-- stands until the transaction ends. Nulls: a new folder.
select f.folder_id, f.source_uidvalidity, f.source_uidnext, f.source_highestmodseq, f.destination_uidvalidity,
       f.watermark, f.slowest_append_ms, f.key_rung
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

-- name: ledger_set_cursor
update ledger_folders set source_uidvalidity = $2, source_uidnext = $3, source_highestmodseq = $4,
       destination_uidvalidity = $5, watermark = $6, slowest_append_ms = $7, key_rung = $8
where folder_id = $1
  and (source_uidvalidity, source_uidnext, source_highestmodseq, destination_uidvalidity, watermark, slowest_append_ms,
       key_rung)
      is distinct from ($2, $3, $4, $5, $6, $7, $8);

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
