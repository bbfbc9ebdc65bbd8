"""Numbers of a config as the fractions that were written: 99.9 is 999/10, whatever floating point makes of it."""

from fractions import Fraction
from functools import lru_cache


def exact(number: float | Fraction) -> Fraction:
    """The shortest decimal that stands for a number. Raises ValueError for nan and inf."""
    return number if isinstance(number, Fraction) else Fraction(repr(float(number)))


@lru_cache(maxsize=1024)
def allowed(objective_percent: float) -> Fraction:
    """1 − SLO: 1/1000 for 99.9 %."""
    return 1 - exact(objective_percent) / 100


@lru_cache(maxsize=1024)
def allowed_ratio(objective_percent: float) -> float:
    """The same as the nearest floating-point number."""
    return float(allowed(objective_percent))
