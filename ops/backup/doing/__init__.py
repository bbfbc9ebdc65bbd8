"""What is done to a set: each locked, shown while it runs, and written into the book, however it ends."""
