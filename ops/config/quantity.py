"""Figures of thresholds and scaling rules."""


class Quantity(float):
    """A figure of a threshold: a number, or a duration or size as people write it ("500ms", "1GiB")."""
