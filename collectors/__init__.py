"""Reads the world: one file, one subject. Changes nothing, decides nothing, draws nothing."""
