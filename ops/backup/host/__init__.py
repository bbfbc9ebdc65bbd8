"""What a host is: captured as drift captures it, written down for people and for comparing."""
