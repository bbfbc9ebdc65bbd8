"""Names, connections, TLS and HTTP, measured and bounded."""
