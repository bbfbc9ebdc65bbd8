-- Who holds the connections? The ten greatest holders.
SELECT usename AS "user", application_name AS application, coalesce(state, '') AS state, count(*) AS connections
FROM pg_stat_activity
WHERE backend_type = 'client backend' OR (backend_type IS NULL AND usesysid IS NOT NULL AND datid IS NOT NULL)
GROUP BY usename, application_name, coalesce(state, '')
ORDER BY count(*) DESC, usename
LIMIT 10
