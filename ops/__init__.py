"""Decides and acts: knows readings, verdicts and plans; knows no widget."""
