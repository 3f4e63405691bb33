-- name: format
-- Whether the file is empty, whether it is a ledger, and of which format.
select application_id = 0 and user_version = 0 and not exists (select 1 from sqlite_schema),
       application_id = 0x47647774, user_version
from pragma_application_id, pragma_user_version;

-- name: use_log
pragma journal_mode = wal;

-- name: begin
begin immediate;

-- name: commit
commit;

-- name: rollback
rollback;

-- name: add_pair
insert into pairs (source_host, source_port, source_user, destination_host, destination_port, destination_user)
values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing;

-- name: pair
select pair_id from pairs where source_host = ?1 and source_port = ?2 and source_user = ?3
    and destination_host = ?4 and destination_port = ?5 and destination_user = ?6;

-- name: folder
select folder_id, source_uidvalidity, source_uidnext, source_highestmodseq, destination_uidvalidity, watermark,
       slowest_append_ms, key_rung, rest_options, rest_source_messages, rest_source_bytes, rest_without_entry,
       rest_removed, rest_destination_messages, rest_destination_uidnext, rest_destination_highestmodseq, rest_foreign
from folders where pair_id = ?1 and source_name = ?2 and destination_name = ?3;

-- name: pairs
select source_name, destination_name, source_uidvalidity, source_uidnext, source_highestmodseq, destination_uidvalidity,
       watermark, slowest_append_ms, key_rung, rest_options, rest_source_messages, rest_source_bytes, rest_without_entry,
       rest_removed, rest_destination_messages, rest_destination_uidnext, rest_destination_highestmodseq, rest_foreign,
       exists (select 1 from intents where intents.folder_id = folders.folder_id and intents.open)
from folders where pair_id = ?1 order by source_name, destination_name;

-- name: facts
select uid, value from facts where folder_id = ?1 and kind = ?2 order by uid;

-- name: keep_fact
insert into facts (folder_id, kind, uid, value) values (?1, ?2, ?3, ?4)
on conflict do update set value = iif(?5, facts.value, excluded.value);

-- name: drop_fact
delete from facts where folder_id = ?1 and kind = ?2 and uid = ?3;

-- name: add_folder
insert into folders (pair_id, source_name, destination_name) values (?1, ?2, ?3) returning folder_id;

-- name: set_cursor
update folders set source_uidvalidity = ?2, source_uidnext = ?3, source_highestmodseq = ?4,
    destination_uidvalidity = ?5, watermark = ?6, slowest_append_ms = ?7, key_rung = ?8, rest_options = ?9,
    rest_source_messages = ?10, rest_source_bytes = ?11, rest_without_entry = ?12, rest_removed = ?13,
    rest_destination_messages = ?14, rest_destination_uidnext = ?15, rest_destination_highestmodseq = ?16,
    rest_foreign = ?17
where folder_id = ?1;

-- name: forget
delete from folders where folder_id = ?1;

-- name: segments
select entries from segments where folder_id = ?1 order by first_uid;

-- name: segment
-- The one that holds a UID, else the one before it, else the first; and where the next begins.
select s.first_uid, s.entries,
       (select min(n.first_uid) from segments n where n.folder_id = ?1 and n.first_uid > s.first_uid)
from segments s
where s.folder_id = ?1
    and s.first_uid <= max(?2, (select min(f.first_uid) from segments f where f.folder_id = ?1))
order by s.first_uid desc limit 1;

-- name: add_segment
insert into segments (folder_id, first_uid, entries) values (?1, ?2, ?3);

-- name: drop_segment
delete from segments where folder_id = ?1 and first_uid = ?2;

-- name: receipts
select source_uid, destination_uid, provenance, flags, key_hash from receipts
where folder_id = ?1 and source_uid > ?2 order by source_uid limit 4096;

-- name: put_receipt
insert or replace into receipts (folder_id, source_uid, destination_uid, provenance, flags, key_hash)
values (?1, ?2, ?3, ?4, ?5, ?6);

-- name: drop_receipts
delete from receipts where folder_id = ?1;

-- name: intents
select source_uid, key_hash, size, doubts, open from intents where folder_id = ?1 order by source_uid;

-- name: has_intents
select exists (select 1 from intents where folder_id = ?1);

-- name: put_intent
insert or replace into intents (folder_id, source_uid, key_hash, size, doubts, open)
values (?1, ?2, ?3, ?4, ?5, ?6);

-- name: drop_intent
delete from intents where folder_id = ?1 and source_uid = ?2 and doubts = 0;

-- name: close_intent
update intents set open = 0 where folder_id = ?1 and source_uid = ?2;

-- name: drop_intents
delete from intents where folder_id = ?1 and doubts = 0;

-- name: close_intents
update intents set open = 0 where folder_id = ?1;
