-- Which sessions run this statement now? PostgreSQL 14 and later.
SELECT pid
FROM pg_stat_activity
WHERE state = 'active' AND query_id::text = %(id)s
LIMIT 1000
