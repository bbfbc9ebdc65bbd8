-- Schemas of this database that are somebody's own.
SELECT n.nspname::text AS name,
       pg_get_userbyid(n.nspowner)::text AS owner,
       ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC'::text ELSE pg_get_userbyid(a.grantee)::text END || '=' ||
                    string_agg(DISTINCT a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ',')
             FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
             GROUP BY a.grantee ORDER BY 1) AS grants
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1
LIMIT %(limit)s
