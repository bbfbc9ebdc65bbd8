"""Fixes without a person: when they are due, and the brakes on them."""
