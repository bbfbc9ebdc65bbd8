-- Enumerations and domains that are somebody's own.
SELECT n.nspname::text AS schema,
       t.typname::text AS name,
       pg_get_userbyid(t.typowner)::text AS owner,
       ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
       CASE WHEN t.typtype = 'd'
            THEN format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
                 || coalesce(' DEFAULT ' || t.typdefault, '')
                 || coalesce(' ' || (SELECT string_agg(pg_get_constraintdef(o.oid), ' ' ORDER BY o.conname)
                                     FROM pg_catalog.pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c'), '')
       END AS domain_of
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
ORDER BY 1, 2
LIMIT %(limit)s
