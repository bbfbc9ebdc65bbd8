-- How much disk does this database take? Looks at every file, so it is not asked at every poll.
SELECT pg_database_size(current_database()) AS size_bytes
