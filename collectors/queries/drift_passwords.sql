-- Hashes of passwords, of which a digest is kept; for superusers alone.
SELECT rolname::text AS name, rolpassword AS hash
FROM pg_catalog.pg_authid
WHERE rolpassword IS NOT NULL AND rolname !~ '^pg_'
ORDER BY 1
LIMIT %(limit)s
