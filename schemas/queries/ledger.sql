-- name: ledger_folder
select folder_id, source_uidvalidity, source_uidnext, source_highestmodseq, destination_uidvalidity, watermark
from ledger_folders where tenant_id = $1 and migration_id = $2 and source_name = $3 and destination_name = $4;

-- name: ledger_add_folder
insert into ledger_folders (tenant_id, migration_id, source_name, destination_name) values ($1, $2, $3, $4)
on conflict (tenant_id, migration_id, source_name, destination_name) do update set source_name = excluded.source_name
returning folder_id;

-- name: ledger_set_cursor
update ledger_folders set source_uidvalidity = $2, source_uidnext = $3, source_highestmodseq = $4,
       destination_uidvalidity = $5, watermark = $6 where folder_id = $1;

-- name: ledger_segments
select first_uid, entries from ledger_segments where folder_id = $1 and last_uid >= $2 order by first_uid;

-- name: ledger_receipts
select source_uid, destination_uid, provenance, flags, key_hash from ledger_receipts where folder_id = $1
order by source_uid;

-- name: ledger_intents
select source_uid, key_hash, size from ledger_intents where folder_id = $1 order by source_uid;

-- name: ledger_intend
insert into ledger_intents (folder_id, source_uid, key_hash, size)
select $1, n.source_uid, n.key_hash, n.size from unnest($2::bigint[], $3::bigint[], $4::bigint[])
     n (source_uid, key_hash, size)
on conflict (folder_id, source_uid) do update set key_hash = excluded.key_hash, size = excluded.size;

-- name: ledger_record
with settled as (
    delete from ledger_intents where folder_id = $1 and source_uid = any($2::bigint[])
)
insert into ledger_receipts (folder_id, source_uid, destination_uid, provenance, flags, key_hash)
select $1, n.source_uid, n.destination_uid, n.provenance, n.flags, n.key_hash
from unnest($2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::bigint[])
     n (source_uid, destination_uid, provenance, flags, key_hash)
on conflict (folder_id, source_uid) do update set destination_uid = excluded.destination_uid,
    provenance = excluded.provenance, flags = excluded.flags, key_hash = excluded.key_hash;

-- name: ledger_drop_segments
delete from ledger_segments where folder_id = $1 and last_uid >= $2;

-- name: ledger_add_segment
insert into ledger_segments (folder_id, first_uid, last_uid, entries) values ($1, $2, $3, $4);

-- name: ledger_drop_receipts
delete from ledger_receipts where folder_id = $1;

-- name: ledger_drop_intents
delete from ledger_intents where folder_id = $1;

-- name: ledger_forget
delete from ledger_folders where tenant_id = $1 and migration_id = $2 and source_name = $3 and destination_name = $4;
