"""Programs that are only read from: the one place of this room where a process is started."""
