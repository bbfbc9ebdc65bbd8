"""Folders of this host that backups are kept in: handles that follow no link, writing, reading, deleting."""
