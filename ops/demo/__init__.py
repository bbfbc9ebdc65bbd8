"""A small real shop on loopback, for demonstrations and tests: its parts, its supervisor, its faults."""
