"""Where one tar of a backup goes when it is put back."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ops.backup.structs import Part
from ops.backup.trees.above import Dress


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where one tar goes."""

    part: Part
    path: str
    """What it is of, as it was called where it was taken."""
    place: Path
    """Where that is to be now."""
    base: Path
    """What stands for / there."""
    swapped: bool
    """All of the place for all of the tar; otherwise file for file."""
    above: Mapping[str, Dress] = {}
    """How the folders were that the tar has not."""
