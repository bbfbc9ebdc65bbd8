-- Who is let in and how, line by line as in pg_hba.conf; for superusers, and whom they let.
SELECT type,
       coalesce(array_to_string(database, ','), '') AS databases,
       coalesce(array_to_string(user_name, ','), '') AS users,
       coalesce(address, '') AS address,
       coalesce(netmask, '') AS netmask,
       coalesce(auth_method, '') AS method,
       coalesce(array_to_string(options, ' '), '') AS options,
       coalesce(error, '') AS error
FROM pg_catalog.pg_hba_file_rules
ORDER BY line_number
LIMIT %(limit)s
