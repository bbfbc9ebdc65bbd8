-- Which replication slots are there, who uses them, and how much of the log does each keep? PostgreSQL 10 and later.
SELECT
    slot_name AS name,
    slot_type AS type,
    database,
    active,
    active_pid,
    restart_lsn::text AS restart_lsn,
    pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn
    )::float8 AS kept_bytes
FROM pg_replication_slots
WHERE NOT temporary
ORDER BY active, kept_bytes DESC NULLS LAST, slot_name
LIMIT %(limit)s
