-- name: add_report_key
insert into report_keys (fingerprint, public_key, host_name, node_id) values ($1, $2, $3, $4)
on conflict (fingerprint) do update set host_name = excluded.host_name, node_id = excluded.node_id, last_used_at = now();

-- name: list_report_keys
select fingerprint, public_key, host_name, node_id, extract(epoch from first_used_at), extract(epoch from last_used_at)
from report_keys where fingerprint > $1 order by fingerprint limit $2;
