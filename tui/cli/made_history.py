"""`watchfloor demo --history`: a generated past, made before the floor opens or alone, with its progress told."""

import sys
import time
from pathlib import Path
from typing import NamedTuple

from collectors.units import Duration
from ops.errors import OutputError, UsageError

LEAST_DAYS = 1 / 12
_TOLD_EACH_S = 0.5
_BAR = 24


class Wanted(NamedTuple):
    """What is to be made."""

    days: float
    services: int


def wanted(history: str | None, services: int | None, into: str | None) -> Wanted | None:
    """What the options ask for; None for no history. Raises UsageError."""
    from ops.demo.history import MOST_DAYS, MOST_SERVICES
    from ops.demo.plan import SERVICES

    if history is None:
        if services is not None or into is not None:
            raise UsageError(f"{'--services' if services is not None else '--into'} needs --history, such as 30d")
        return None
    try:
        days = float(Duration.parse(history)) / 86400
    except ValueError as error:
        raise UsageError(f"--history: {error}") from error
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise UsageError(f"--history must be between 2h and {MOST_DAYS}d, not {history}")
    count = len(SERVICES) if services is None else services
    if not len(SERVICES) <= count <= MOST_SERVICES:
        raise UsageError(f"--services must be between {len(SERVICES)} (the shop's own) and {MOST_SERVICES}")
    return Wanted(days, count)


def window(wanted: Wanted | None) -> str:
    """Over which window the demo's promises are: as much of a month as there is past."""
    return "30d" if wanted is not None and wanted.days >= 30 else "7d"


def notes(wanted: Wanted | None) -> tuple[str, ...]:
    """What the live floor says about it."""
    if wanted is None:
        return ()
    clock = time.strftime("%H:%M UTC", time.gmtime())
    return (f"what was before {clock} was generated, not recorded; budgets count it, and [ goes back into it",)


def only(wanted: Wanted | None, into: str) -> int:
    """Make a history in a folder and tell what was made. Raises OutputError where there is one already."""
    from ops.store.opening import FILE_NAME

    folder = Path(into).expanduser()
    if (folder / FILE_NAME).exists():
        raise OutputError(f"there is a history in {folder} already; name a folder without one")
    if wanted is None:
        raise UsageError("--into needs --history, such as 30d")
    write(wanted, folder)
    print(folder / FILE_NAME)
    return 0


def write(wanted: Wanted, folder: Path) -> None:
    """Write the history, and how far it is to standard error. Raises OutputError."""
    from ops.demo.history import make
    from ops.store.contract import StoreError
    from ops.store.opening import open_store

    progress = _Progress()
    try:
        store = open_store(folder)
        try:
            made = make(store, time.time(), wanted.days, services=wanted.services, told=progress.told)
        finally:
            store.close()
    except StoreError as error:
        raise OutputError(" ".join(filter(None, (f"{error.message};", error.remedy)))) from error
    troubles = len(made.story.troubles)
    progress.end(f"{made.rows} rows, {made.probes:,} probes, {troubles} outages; marked as generated")


class _Progress:
    """A line on standard error: redrawn on a terminal, else one line at the beginning and one at the end."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._last = 0.0
        self._live = sys.stderr.isatty()

    def told(self, share: float, what: str) -> None:
        """Show how much is done."""
        now = time.monotonic()
        if self._live and now - self._last >= _TOLD_EACH_S:
            self._last = now
            full = round(share * _BAR)
            bar = "#" * full + "." * (_BAR - full)
            self._write(f"\rdemo: history {bar} {share * 100:3.0f} %  {now - self._begun:.0f} s  {what:<28.28}")

    def end(self, what: str) -> None:
        """Say what was made."""
        lead = "\r" if self._live else ""
        self._write(f"{lead}{f'demo: history made in {time.monotonic() - self._begun:.1f} s: {what}':<100}\n")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
