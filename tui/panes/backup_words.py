"""The head of the screen of backups, and the list of what expires: words and lines. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from collectors.text import LINE_LIMIT, clean
from ops.backup.structs import Kept
from ops.board import LEVELS, Level
from ops.figures import several, size, stamp
from tui.glyphs import Glyphs
from tui.panes.backup_kept import View, proof
from tui.panes.backup_known import Known
from tui.panes.backup_said import said
from tui.panes.cells import age
from tui.panes.fix_words import wrapped
from tui.widgets.lines import Line, cut

MOST_LISTED = 2_000
"""Backups of each kind that the preview of a prune lists; the rest is counted."""
NO_SETS = (
    "no backups are configured: a [[backup]] in the config says what is taken, where it goes, when, and how long it "
    "stays. watchfloor backup --help shows one."
)
READING = "reading how the backups stand"
NO_BACKUPS = "there is no backup of it yet: r takes one"
NOTHING_LEFT = "no backup is like that: esc shows all again"


def standing(sets: Iterable[Known], now: float, glyphs: Glyphs) -> list[tuple[str, str]]:
    """How many sets stand how: "● 1 RPO missed ✓ 4 proven"; and how many backups there are."""
    found: dict[tuple[Level, str], int] = {}
    kept = 0
    for one in sets:
        word = said(one.standing, now)
        found[word.level, word.word] = found.get((word.level, word.word), 0) + 1
        kept += len(one.standing.kept)
    order = sorted(found.items(), key=lambda item: -LEVELS.index(item[0][0]))
    parts = [(f"{glyphs.levels[level]} {number} {word} ", str(level)) for (level, word), number in order]
    return [*parts, (f" {several(kept, 'backup')} ", "muted")]


def filtered(view: View, shown: int, every: int) -> list[tuple[str, str]]:
    """What a filter leaves: its text, and how many of the sets are shown."""
    if not view.text:
        return []
    return [(f"  /{typed(view)} ", "accent"), (f" {shown} of {several(every, 'set')} ", "muted")]


def typed(view: View) -> str:
    """The text of a filter as it is typed."""
    return f"{'!' if view.inverse else ''}{view.text}"


def unmatched(view: View) -> str:
    """Where a filter leaves no set."""
    return f'nothing matches "{clean(typed(view))}", esc clears'


def pruning(kept: Sequence[Kept], width: int, now: float, glyphs: Glyphs) -> Iterator[Line]:
    """What a prune would delete, and what stays, each with why; nothing of it is done."""
    going = [one for one in kept if not one.reasons]
    staying_ones = [one for one in kept if one.reasons]
    freed = sum(one.manifest.stored_bytes for one in going)
    if going:
        yield [(f"{several(len(going), 'backup')} would go, {size(freed)} would be free", "strong")]
    else:
        yield [(f"{glyphs.levels['ok']} nothing expires", "ok")]
    yield from _listed(going, width, now, glyphs)
    yield []
    yield [(f"{several(len(staying_ones), 'backup')} would stay", "strong")]
    yield from _listed(staying_ones, width, now, glyphs)


def _listed(some: Sequence[Kept], width: int, now: float, glyphs: Glyphs) -> Iterator[Line]:
    for one in some[:MOST_LISTED]:
        cell = proof(one, now, glyphs)
        lead = f"  {stamp(one.manifest.at, now, '%H:%M'):<12}{age(now - one.manifest.at):>5}  "
        lead_size = f"{size(one.manifest.stored_bytes):>9}  "
        room = max(width - len(lead) - len(lead_size) - 24, 10)
        words = cut(clean(", ".join(one.reasons) or one.expires, LINE_LIMIT), room, glyphs)
        style = "text" if one.reasons else "gone"
        yield [(lead, "accent"), (lead_size, "muted"), (f"{cell.text:<24}", cell.style), (words, style)]
    if (more := len(some) - MOST_LISTED) > 0:
        yield [(f"  and {several(more, 'more backup')}", "muted")]


def told(trouble: str, width: int) -> list[Line]:
    """What could not be read."""
    return [*wrapped(trouble, "critical", width)] if trouble else []
