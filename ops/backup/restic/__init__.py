"""Repositories of restic, by its own program: which deduplicates, compresses, encrypts and checks."""
