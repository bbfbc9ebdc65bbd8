-- Is pg_stat_statements in this database, in which schema, could it be, and is its library loaded? One row.
SELECT
    (
        SELECT quote_ident(n.nspname)
        FROM pg_extension AS e
        INNER JOIN pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_stat_statements'
    ) AS schema,
    EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS available,
    EXISTS (SELECT 1 FROM pg_settings WHERE name = 'pg_stat_statements.max') AS loaded,
    current_database() AS database
