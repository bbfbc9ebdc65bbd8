-- How many sessions are there, in which state, since when, against which limits? One row; PostgreSQL 10 and later.
-- Without pg_monitor the sessions of other users hide all but their pid and user; they are counted as hidden.
WITH sessions AS (
    SELECT
        pid = pg_backend_pid() AS own,
        backend_type = 'client backend' AS client,
        query = '<insufficient privilege>' AND usesysid IS NOT NULL AND datid IS NOT NULL AS hidden,
        state,
        state IN ('idle in transaction', 'idle in transaction (aborted)') AS idle_in_transaction,
        wait_event_type,
        extract(epoch FROM clock_timestamp() - query_start)::float8 AS query_s,
        extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_s,
        extract(epoch FROM clock_timestamp() - state_change)::float8 AS state_s
    FROM pg_stat_activity
)
SELECT
    split_part(current_setting('server_version'), ' ', 1) AS version,
    current_setting('max_connections')::int AS connections_max,
    current_setting('superuser_reserved_connections')::int
        + coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0) AS connections_reserved,
    count(*) FILTER (WHERE client OR hidden) AS connections,
    count(*) FILTER (WHERE hidden) AS hidden,
    count(*) FILTER (WHERE client AND NOT own AND state = 'active') AS active,
    count(*) FILTER (WHERE client AND NOT own AND state = 'idle') AS idle,
    count(*) FILTER (WHERE client AND NOT own AND idle_in_transaction) AS idle_in_transaction,
    count(*) FILTER (
        WHERE client AND NOT own AND state = 'active' AND wait_event_type IN ('Lock', 'LWLock', 'IO', 'IPC', 'BufferPin')
    ) AS waiting,
    count(*) FILTER (WHERE wait_event_type = 'Lock') AS blocked,
    max(query_s) FILTER (WHERE client AND NOT own AND state = 'active') AS longest_query_s,
    max(transaction_s) FILTER (WHERE client AND NOT own) AS longest_transaction_s,
    max(state_s) FILTER (WHERE client AND NOT own AND idle_in_transaction) AS longest_idle_in_transaction_s
FROM sessions
