"""What the systemd collector is made of: asking systemctl, and reading what it shows."""
