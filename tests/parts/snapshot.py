"""Pictures that a test compares with the kept one; `WATCHFLOOR_SNAPSHOTS=write` keeps new ones."""

import os
from pathlib import Path

KEPT = Path(__file__).parent.parent / "snapshots"


def same_as_kept(name: str, text: str) -> bool:
    """Tell whether a text is the kept one; in writing mode keep it."""
    path = KEPT / f"{name}.txt"
    clean = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    if os.environ.get("WATCHFLOOR_SNAPSHOTS") == "write":
        KEPT.mkdir(exist_ok=True)
        path.write_text(clean, "utf-8")
    return path.read_text("utf-8") == clean
