"""What Linux tells of itself under /proc, and files that grow."""
