-- Which tables of this database are there, with how many dead rows? The deadest first; or the one of that name.
SELECT
    s.relid::bigint AS id,
    s.schemaname AS schema,
    s.relname AS name,
    s.n_live_tup AS live_rows,
    s.n_dead_tup AS dead_rows,
    s.n_mod_since_analyze AS changed_rows,
    extract(epoch FROM greatest(s.last_vacuum, s.last_autovacuum))::float8 AS vacuumed_at,
    extract(epoch FROM greatest(s.last_analyze, s.last_autoanalyze))::float8 AS analyzed_at
FROM pg_stat_user_tables AS s
WHERE %(name)s::text IS NULL
    OR %(name)s IN (
        s.relname,
        s.schemaname || '.' || s.relname,
        '"' || replace(s.schemaname, '"', '""') || '"."' || replace(s.relname, '"', '""') || '"'
    )
ORDER BY s.n_dead_tup DESC, s.schemaname, s.relname
LIMIT %(limit)s
