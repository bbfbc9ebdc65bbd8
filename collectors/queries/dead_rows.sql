-- Which table of this database has the most dead rows? At most one row.
SELECT schemaname AS schema, relname AS name, n_dead_tup AS dead_rows
FROM pg_stat_user_tables
WHERE n_dead_tup > 0
ORDER BY n_dead_tup DESC
LIMIT 1
