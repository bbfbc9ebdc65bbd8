"""Connecting to PostgreSQL, its refusals, and what its answers mean."""
