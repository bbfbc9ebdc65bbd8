-- So that definitions name every schema, whatever this role's own path is.
SELECT set_config('search_path', 'pg_catalog', false) AS path
