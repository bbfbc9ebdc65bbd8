-- Functions and procedures that are somebody's own, each as it would be made.
SELECT n.nspname::text AS schema,
       p.proname::text || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
       pg_get_userbyid(p.proowner)::text AS owner,
       l.lanname::text AS language,
       p.prosecdef AS runs_as_owner,
       CASE WHEN p.oid IN (SELECT aggfnoid::oid FROM pg_catalog.pg_aggregate) THEN NULL
            ELSE pg_get_functiondef(p.oid) END AS definition,
       ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC'::text ELSE pg_get_userbyid(a.grantee)::text END || '=' ||
                    string_agg(DISTINCT a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ',')
             FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
             GROUP BY a.grantee ORDER BY 1) AS grants
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
ORDER BY 1, 2
LIMIT %(limit)s
