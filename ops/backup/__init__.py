"""Backups that count: taken as a stream, proven by restoring, kept by rule, restored with a way back."""
