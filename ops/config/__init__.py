"""The config: TOML to frozen structs, errors that name file, line, path and the nearest right name, and discovery."""
