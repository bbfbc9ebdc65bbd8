-- What hangs on tables and views: constraints, other indexes, triggers, policies and rules, each as it would be made.
SELECT n.nspname::text AS schema, c.relname::text AS relation, part.kind, part.name, part.definition
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT 'constraint' AS kind, o.conname::text AS name,
           pg_get_constraintdef(o.oid) || CASE WHEN o.convalidated THEN '' ELSE ' (not validated)' END AS definition
    FROM pg_catalog.pg_constraint o WHERE o.conrelid = c.oid AND o.contype <> 'n'
    UNION ALL
    SELECT 'index', i.relname::text,
           pg_get_indexdef(i.oid) || CASE WHEN x.indisvalid THEN '' ELSE ' (not valid)' END
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    WHERE x.indrelid = c.oid
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint o
                      WHERE o.conindid = i.oid AND o.conrelid = c.oid AND o.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'trigger', t.tgname::text,
           pg_get_triggerdef(t.oid) || CASE WHEN t.tgenabled = 'O' THEN '' ELSE ' (enabled: ' || t.tgenabled::text || ')' END
    FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 'policy', p.polname::text,
           CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END || ' ' || p.polcmd::text
           || ' TO ' || array_to_string(ARRAY(SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role)::text END
                                              FROM unnest(p.polroles) role ORDER BY 1), ', ')
           || coalesce(' USING ' || pg_get_expr(p.polqual, p.polrelid), '')
           || coalesce(' WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid), '')
    FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid
    UNION ALL
    SELECT 'rule', r.rulename::text, pg_get_ruledef(r.oid)
    FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'
) part
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2, 3, 4
LIMIT %(limit)s
