"""Durations and sizes as people write them in a config: "10s", "1h30m", "500ms", "1GiB"."""

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?b)", re.IGNORECASE)


class Duration(float):
    """A length of time in seconds."""

    @classmethod
    def parse(cls, value: object) -> "Duration":
        """Read "10s", "1h30m" or "500ms"; raises ValueError with a sentence for anything else."""
        if not isinstance(value, str):
            raise ValueError(f'a duration is text with a unit, such as "10s" or "5m", not {value!r}')
        parts = _DURATION_PART.findall(value)
        if not parts or "".join(number + unit for number, unit in parts) != value:
            raise ValueError(f'{value!r} is not a duration; write "500ms", "10s", "5m", "1h30m" or "30d"')
        return cls(sum(float(number) * _SECONDS[unit] for number, unit in parts))


class Size(int):
    """An amount of memory or disk in bytes."""

    @classmethod
    def parse(cls, value: object) -> "Size":
        """Read "512MiB" or "1GB"; raises ValueError with a sentence for anything else."""
        match = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise ValueError(f'{value!r} is not a size; write "64KiB", "512MiB" or "1GB"')
        return cls(float(match[1]) * _BYTES[match[2].lower()])
