-- Which statements of this database take the longest on average? PostgreSQL 10 to 12.
SELECT
    queryid::text AS id,
    calls,
    mean_time / 1000 AS mean_s,
    total_time / 1000 AS total_s,
    rows,
    left(query, 2000) AS query
FROM {schema}.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL
    AND left(query, 16) <> '/* watchfloor */'
ORDER BY mean_time DESC
LIMIT %(limit)s
