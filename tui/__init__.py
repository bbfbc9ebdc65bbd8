"""Shows and asks: everything that a person looks at or types."""

import os

# Textual reads it when it is first imported: a key waits at most 8 ms for its frame, not 16.
os.environ.setdefault("TEXTUAL_FPS", "120")
