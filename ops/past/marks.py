"""Marks for the time axis of a chart: what happened to a row and to what it depends on."""

from collections.abc import Iterable

from ops.past.structs import Mark
from ops.store.contract import Event, Store

KINDS = ("level", "restart", "deploy", "fix", "gone")
MOST = 200
_MOST_ROWS = 24
"""What it depends on is looked at up to here."""


def marks_of(store: Store, row: str, start: float, end: float, column_s: float) -> tuple[Mark, ...]:
    """What happened in [start, end), oldest first.

    Of those of one kind (and one level) in one column the row's own is kept before others', and the newest; and of all
    the newest `MOST`.
    """
    kept: dict[tuple[int, str, str], Event] = {}
    for about in (row, *relied_on(store, row, end)):
        own: dict[tuple[int, str, str], Event] = {}
        for event in store.events(start, end, kinds=KINDS, row=about):
            own[int(event.at // column_s), event.kind, event.after if event.kind == "level" else ""] = event
        kept = own | kept
    return _marks(kept.values())


def named(mark: Mark) -> str:
    """What happened, with the name of what it happened to: "shop: answers 503"."""
    name = mark.row.partition(":")[2].rpartition("/")[2]
    return f"{name}: {mark.text}" if name and name not in mark.text else mark.text


def relied_on(store: Store, row: str, at: float) -> tuple[str, ...]:
    """What the row depended on then; nothing where nothing was recorded."""
    picture = store.picture(at)
    found = next((each for each in picture.rows if each.id == row), None) if picture else None
    return tuple(name for name in found.depends_on if name != row)[:_MOST_ROWS] if found else ()


def _marks(events: Iterable[Event]) -> tuple[Mark, ...]:
    newest = sorted(events, key=lambda event: event.at)[-MOST:]
    return tuple(
        Mark(at=event.at, kind=event.kind, row=event.row, text=event.text, after=event.after) for event in newest
    )
