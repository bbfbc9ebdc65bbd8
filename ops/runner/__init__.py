"""The only door to effects: every call that changes something outside goes through a Runner."""
