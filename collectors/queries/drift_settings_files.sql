-- What the files of settings say of those that our own connection sets for itself; for superusers, and whom they let.
SELECT name, setting AS value
FROM pg_catalog.pg_file_settings
WHERE applied AND name IN ('statement_timeout', 'default_transaction_read_only', 'TimeZone', 'DateStyle')
