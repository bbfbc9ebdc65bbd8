"""Databases of SQLite: copied while they are written, read through, swapped in."""
