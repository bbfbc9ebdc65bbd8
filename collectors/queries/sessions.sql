-- Who does what, and who waits for whom? Those in the way first, then those that wait, then the longest at work.
WITH sessions AS (
    SELECT
        pid,
        usename AS "user",
        application_name AS application,
        backend_type,
        state,
        wait_event_type,
        concat_ws(': ', wait_event_type, wait_event) AS wait,
        -- As bytes: sessions of other databases may have texts that are invalid in this one's encoding.
        substr(textsend(query), 1, 2000) AS query,
        extract(epoch FROM backend_start)::float8 AS started_at,
        extract(epoch FROM clock_timestamp() - coalesce(xact_start, state_change))::float8 AS age_s,
        CASE WHEN state = 'active' THEN extract(epoch FROM clock_timestamp() - query_start)::float8 END AS query_age_s,
        -- Asking for the blockers takes locks in the server: only for those that wait.
        CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END AS blocked_by
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid()
),
blockers AS (SELECT DISTINCT unnest(blocked_by) AS pid FROM sessions)
SELECT
    pid, "user", application, state, wait, query, started_at, age_s, query_age_s, blocked_by,
    pid IN (SELECT pid FROM blockers) AS blocks
FROM sessions
WHERE backend_type = 'client backend' OR wait_event_type = 'Lock' OR pid IN (SELECT pid FROM blockers)
ORDER BY
    pid IN (SELECT pid FROM blockers) AND cardinality(blocked_by) = 0 DESC,
    cardinality(blocked_by) > 0 DESC,
    state = 'active' DESC NULLS LAST,
    state = 'idle' ASC NULLS LAST,
    age_s DESC NULLS LAST
LIMIT %(limit)s
