"""The terminal itself: first paint, input, signals, and leaving it as it was found."""
