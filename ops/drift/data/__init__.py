"""What the sources of databases and brokers are made of: their answers as items."""
