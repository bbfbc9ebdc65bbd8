"""Logs as streams of lines: where they come from, what a line says, and what is kept of them."""
