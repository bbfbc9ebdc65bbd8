-- Settings as this server has them. What is derived from others, belongs to our own connection, or is of one
-- transaction is left out; `ours` marks what our connection sets for itself.
SELECT name,
       coalesce(current_setting(name, true), setting) AS value,
       vartype AS type,
       source IN ('client', 'session', 'interactive') AS ours,
       pending_restart
FROM pg_catalog.pg_settings
WHERE name NOT IN ('application_name', 'client_encoding', 'in_hot_standby', 'is_superuser', 'role', 'seed',
                   'session_authorization', 'shared_memory_size', 'shared_memory_size_in_huge_pages',
                   'num_os_semaphores', 'huge_pages_status', 'transaction_deferrable', 'transaction_isolation',
                   'transaction_read_only')
  AND (source <> 'override' OR name IN ('config_file', 'data_checksums', 'data_directory', 'hba_file', 'ident_file',
                                        'server_encoding', 'wal_segment_size'))
ORDER BY name
