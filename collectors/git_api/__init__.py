"""What the git collector is made of: asking git, and reading what it prints."""
