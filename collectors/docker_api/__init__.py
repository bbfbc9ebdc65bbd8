"""The Docker engine's API: what it is asked, and what its answers mean."""
