-- Roles without their passwords; those that the server brings itself are left out.
SELECT rolname::text AS name,
       rolsuper AS superuser,
       rolinherit AS inherits,
       rolcreaterole AS creates_roles,
       rolcreatedb AS creates_databases,
       rolcanlogin AS logs_in,
       rolreplication AS replication,
       rolbypassrls AS bypasses_row_security,
       rolconnlimit AS connections_max,
       CASE WHEN isfinite(rolvaliduntil)
            THEN to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END AS valid_until,
       ARRAY(SELECT DISTINCT parent.rolname::text
             FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles parent ON parent.oid = m.roleid
             WHERE m.member = r.oid ORDER BY 1) AS member_of,
       ARRAY(SELECT coalesce(d.datname || '.', '') || setting
             FROM pg_catalog.pg_db_role_setting s
             LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) setting
             WHERE s.setrole = r.oid ORDER BY 1) AS settings
FROM pg_catalog.pg_roles r
WHERE rolname !~ '^pg_'
ORDER BY 1
LIMIT %(limit)s
