"""How a percentile is told: other rules give other figures for the same data, so every screen names the one it used."""

from collectors.sketch import ALPHA

SKETCH = f"nearest rank, to {100 * ALPHA:g} %"
"""Of `collectors.sketch`, which all our percentiles come from."""
