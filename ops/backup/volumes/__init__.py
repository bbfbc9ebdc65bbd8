"""Volumes of a Docker engine, read and written through containers that are made for it and never started."""
