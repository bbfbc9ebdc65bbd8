-- Is this a standby, and how far is it, or the slowest of ours, behind? One row; PostgreSQL 10 and later.
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
    END AS replication_lag_s
