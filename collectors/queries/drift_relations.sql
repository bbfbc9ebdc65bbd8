-- Tables, views and sequences, without those that an extension brought.
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'foreign_table' WHEN 'v' THEN 'view'
                      WHEN 'm' THEN 'materialized_view' ELSE 'sequence' END AS kind,
       pg_get_userbyid(c.relowner)::text AS owner,
       c.relpersistence = 'u' AS unlogged,
       c.relrowsecurity AS row_security,
       pg_get_partkeydef(c.oid) AS partition_key,
       pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       coalesce(c.reloptions, '{}') AS options,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition,
       s.seqincrement AS increment_by,
       s.seqmax AS most,
       s.seqcycle AS cycles,
       ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC'::text ELSE pg_get_userbyid(a.grantee)::text END || '=' ||
                    string_agg(DISTINCT a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ',')
             FROM aclexplode(coalesce(c.relacl, acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char",
                                                           c.relowner))) a
             GROUP BY a.grantee ORDER BY 1) AS grants
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY 1, 2
LIMIT %(limit)s
