"""What the exec collector is made of: reading what a monitoring plugin prints."""
