-- One setting: who may set it, and where it is set now.
SELECT name, context, source, vartype AS type
FROM pg_catalog.pg_settings
WHERE name = %(name)s
