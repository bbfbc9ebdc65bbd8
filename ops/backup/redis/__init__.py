"""Redis: its snapshot as a replica gets it, loaded for proof in a server of its own, put back beside and swapped in."""
