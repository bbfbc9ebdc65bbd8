"""What Alertmanager holds: read from its API, and named so that each alert keeps its row."""
