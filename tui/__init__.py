"""Shows and asks: everything that a person looks at or types."""
