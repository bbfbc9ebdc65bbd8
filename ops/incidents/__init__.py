"""Alerts that belong together, with a clock, owners, a timeline that is only added to, and a post-mortem."""
