-- Options are stored under their own names, and only where they differ from the defaults.
update migrations set options = jsonb_strip_nulls(jsonb_build_object(
    'folder', case when jsonb_array_length(options -> 'folders') > 0 then options -> 'folders' end,
    'include', case when jsonb_array_length(options -> 'include') > 0 then options -> 'include' end,
    'exclude', case when jsonb_array_length(options -> 'exclude') > 0 then options -> 'exclude' end,
    'subscribe', case when options -> 'subscribe' = 'false' then false end,
    'resyncflags', case when options -> 'sync_flags' = 'false' then 'off' end,
    'syncinternaldates', case when options -> 'sync_internal_dates' = 'false' then false end,
    'dry', case when options -> 'dry_run' = 'true' then true end,
    'maxsize', case when options -> 'max_message_bytes' <> '0' then options -> 'max_message_bytes' end,
    'restoreremoved', case when options -> 'restore_removed' = 'true' then true end,
    'allowmismatch', case when options -> 'allow_mismatch' = 'true' then true end));
