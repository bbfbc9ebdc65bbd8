"""History in one SQLite file. Nothing here is imported before a store is opened."""
