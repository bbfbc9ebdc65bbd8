"""PostgreSQL: taken at one snapshot, restored for proof in a server of its own, put back beside and swapped in."""
