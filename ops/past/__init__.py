"""The past as the floor shows it: a Board of any moment, charts over any span, budgets day by day."""
