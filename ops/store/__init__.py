"""Memory that lasts: what was read, judged and spent, on disk, and everything that is asked of it."""
