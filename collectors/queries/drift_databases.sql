-- Databases of the server, with what is set and granted on each.
SELECT d.datname::text AS name,
       pg_get_userbyid(d.datdba)::text AS owner,
       pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS collation,
       d.datctype::text AS character_type,
       d.datconnlimit AS connections_max,
       d.datallowconn AS takes_connections,
       ARRAY(SELECT setting FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) setting
             WHERE s.setdatabase = d.oid AND s.setrole = 0 ORDER BY 1) AS settings,
       ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC'::text ELSE pg_get_userbyid(a.grantee)::text END || '=' ||
                    string_agg(DISTINCT a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ',')
             FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
             GROUP BY a.grantee ORDER BY 1) AS grants
FROM pg_catalog.pg_database d
ORDER BY 1
LIMIT %(limit)s
