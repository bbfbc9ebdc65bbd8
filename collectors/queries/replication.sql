-- Is this a standby, and how far is it, or the slowest of ours, behind? How much of the log is kept for slots that
-- nobody uses? One row; PostgreSQL 10 and later.
SELECT
    pg_is_in_recovery() AS in_recovery,
    CASE
        WHEN NOT pg_is_in_recovery() THEN (
            SELECT max(coalesce(extract(epoch FROM replay_lag), 0))::float8
            FROM pg_stat_replication
            WHERE state IS NOT NULL
        )
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
    END AS replication_lag_s,
    (SELECT count(*) FROM pg_replication_slots WHERE NOT active) AS slots_unused,
    (
        SELECT max(pg_wal_lsn_diff(
            CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn
        ))::float8
        FROM pg_replication_slots
        WHERE NOT active
    ) AS slots_kept_bytes
