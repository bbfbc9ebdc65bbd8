"""A restore as it is put together: which backup, where to, what of it, and what would be written over. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from collectors.text import LINE_LIMIT, clean
from ops.backup.base import Wish
from ops.backup.structs import Kept, Overwrite
from ops.figures import clock, duration, several, size
from ops.verdicts.backup_words import READ_FIRST
from tui.glyphs import Glyphs
from tui.panes.backup_kept import proof
from tui.panes.backup_known import proof_mark
from tui.panes.cells import age
from tui.panes.fix_words import wrapped
from tui.widgets.lines import Line

MOST_NAMES = 50
MOST_OVERWRITES = 200
_LEAD = 11


class Restoring(NamedTuple):
    """How the answers stand."""

    kept: Kept
    wish: Wish = Wish()
    safety: bool = True
    """Whether what is there is backed up first."""


class Read(NamedTuple):
    """What would be written over, as it was read last."""

    overwrites: Sequence[Overwrite] | None = None
    """None while it is read, and where it could not be."""
    trouble: str = ""


def lines(what: Restoring, read: Read, width: int, now: float, glyphs: Glyphs) -> list[Line]:
    """All of it."""
    return [
        *_backup(what.kept, width, now, glyphs),
        [],
        *_wish(what, width),
        [],
        *_overwrites(read, width, glyphs),
    ]


def _named(lead: str, text: str, style: str, width: int) -> Iterator[Line]:
    first = True
    for line in wrapped(text, style, max(width - _LEAD, 20)):
        yield [(f"{lead if first else '':<{_LEAD}}", "muted"), *line]
        first = False


def _backup(kept: Kept, width: int, now: float, glyphs: Glyphs) -> Iterator[Line]:
    manifest, cell = kept.manifest, proof(kept, now, glyphs)
    yield [(f"{'backup':<{_LEAD}}", "muted"), (clean(kept.id), "strong"), (f"  {cell.text}", cell.style)]
    of = clean(manifest.subject, LINE_LIMIT) or manifest.kind
    yield from _named("", f"of {of}", "text", width)
    lost = f"what changed in the {duration(max(now - manifest.at, 0.0))} since is not in it"
    yield from _named("", f"as of {clock(manifest.at, now)}, {age(now - manifest.at)} ago: {lost}", "text", width)
    yield from _named("", f"{size(manifest.plain_bytes)} in {several(len(manifest.parts), 'part')}", "muted", width)
    yield from _named("", kept.broken, "critical", width)
    if proof_mark(kept) == "unverified":
        yield from _named("", READ_FIRST, "warning", width)
    if kept.restore_s is not None:
        yield from _named("takes", f"about {duration(kept.restore_s)}, as its drill did", "text", width)


def _wish(what: Restoring, width: int) -> Iterator[Line]:
    wish = what.wish
    yield from _named("to", clean(wish.to) if wish.to else "the place that it came from", "accent", width)
    if wish.only:
        names = [clean(name, LINE_LIMIT) for name in wish.only]
        yield from _named("only", several(len(names), "thing"), "accent", width)
        for name in names[:MOST_NAMES]:
            yield from _named("", name, "text", width)
        if len(names) > MOST_NAMES:
            yield from _named("", f"and {len(names) - MOST_NAMES:,} more", "muted", width)
    else:
        yield from _named("only", "all of it", "accent", width)
    over = "yes, what is in the place may be written over" if wish.empty else "no, not into a place that has something"
    yield from _named("write over", over, "warning" if wish.empty else "text", width)
    safe = "yes, what is there is backed up first" if what.safety else "NO: what is there is lost if this goes wrong"
    yield from _named("safety", safe, "text" if what.safety else "critical", width)


def _overwrites(read: Read, width: int, glyphs: Glyphs) -> Iterator[Line]:
    if read.trouble:
        yield from wrapped(read.trouble, "critical", width)
        return
    if read.overwrites is None:
        yield [(f"reading what would be written over {glyphs.ellipsis}", "muted")]
        return
    if not read.overwrites:
        yield [("nothing that is there would be written over", "ok")]
        return
    yield [(f"{several(len(read.overwrites), 'thing')} would be another", "strong")]
    for one in read.overwrites[:MOST_OVERWRITES]:
        yield from wrapped(one.what, "strong", width, "  ")
        yield from wrapped(f"- now:  {one.now}", "gone", width, "    ")
        yield from wrapped(f"+ then: {one.then}", "came", width, "    ")
        if one.loses:
            yield from wrapped(f"{glyphs.levels['critical']} lost for good: {one.loses}", "critical", width, "    ")
    if (more := len(read.overwrites) - MOST_OVERWRITES) > 0:
        yield [(f"  and {several(more, 'more thing')}", "muted")]
