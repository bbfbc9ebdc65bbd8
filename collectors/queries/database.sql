-- What has this database counted since its statistics began? One row.
SELECT xact_commit AS commits, blks_hit AS hits, blks_read AS reads, deadlocks
FROM pg_stat_database
WHERE datname = current_database()
