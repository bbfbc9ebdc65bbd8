"""One file for each kind of place that backups are kept in."""
