"""SFTP, version 3, spoken with the user's own ssh: its config, keys, agent and known hosts hold."""
