-- Which sessions of clients could be cancelled or ended? Those at work first, the longest first; never our own.
SELECT
    pid,
    usename AS "user",
    application_name AS application,
    datname AS database,
    state,
    -- As bytes: sessions of other databases may have texts that are invalid in this one's encoding.
    substr(textsend(query), 1, 2000) AS query,
    extract(epoch FROM backend_start)::float8 AS started_at,
    extract(epoch FROM query_start)::float8 AS query_started_at,
    extract(epoch FROM clock_timestamp() - query_start)::float8 AS query_age_s,
    extract(epoch FROM clock_timestamp() - state_change)::float8 AS state_age_s
FROM pg_stat_activity
WHERE pid <> pg_backend_pid()
    AND backend_type = 'client backend'
    AND backend_start IS NOT NULL
    AND application_name <> 'watchfloor'
    AND substr(textsend(query), 1, 16) <> textsend('/* watchfloor */')
ORDER BY state = 'active' DESC NULLS LAST, state = 'idle' ASC NULLS LAST, state_change ASC NULLS LAST
LIMIT %(limit)s
