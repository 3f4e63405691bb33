-- name: drop_old_key
delete from idempotency_keys where tenant_id = $1 and key = $2
and (created_at < now() - interval '1 day' or status = 0
     or (status is null and created_at < now() - interval '15 minutes'));

-- name: drop_old_keys
delete from idempotency_keys where created_at < now() - interval '1 day';

-- name: begin_key
insert into idempotency_keys (tenant_id, key, fingerprint) values ($1, $2, $3) on conflict do nothing;

-- name: get_key
select fingerprint, status, body from idempotency_keys where tenant_id = $1 and key = $2;

-- name: end_key
update idempotency_keys set status = $3, body = $4 where tenant_id = $1 and key = $2;
