"""The fixes that fit, as lines: what each does, why, its record, its price, its risk. Pure, without a screen."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from collectors.text import clean
from ops.actions.base import Offer
from ops.board import Board, Proposal
from ops.fixes import price, record
from ops.fixes.offers import HELPS
from ops.fixes.structs import Offered
from tui.glyphs import Glyphs
from tui.panes.fix_words import RISKS, named, risk, wrapped
from tui.together import Group
from tui.widgets.lines import Line, cut, pad

MOST_NUMBERS = 9
ONE_AT_A_TIME = "it asks which one, so it takes one row at a time"
_INDENT = "     "


def barred(group: Group, rows: int) -> str:
    """Why offers can't be chosen for so many rows; "" where they can."""
    picks = rows > 1 and any(param.kind == "pick" for param in group[0].offer.ask)
    return next((each.allowed for each in group if each.allowed), ONE_AT_A_TIME if picks else "")


def proposed(board: Board, row_ids: Sequence[str]) -> tuple[Proposal, ...]:
    """What policy would do to these rows, if a person says yes."""
    return tuple(proposal for proposal in board.proposals if proposal.row in row_ids)


def in_order(offers: Sequence[Offered], proposals: Sequence[Proposal]) -> tuple[Offered, ...]:
    """What policy proposes first, then as they were given: best first."""
    wanted = {proposal.fix for proposal in proposals}
    return tuple(sorted(offers, key=lambda offered: offered.offer.fix not in wanted or not offered.offer.fix))


def fitting(offers: Sequence[Offered], proposals: Sequence[Proposal]) -> Offer | None:
    """What is chosen first in the menu, where that helps often: the first that may be done now."""
    first = next((each.offer for each in in_order(offers, proposals) if not each.allowed), None)
    return first if first is not None and (first.fix or first.score >= HELPS) else None


def blocks(
    groups: Sequence[Group], at: int, row_ids: Sequence[str], board: Board, width: int, glyphs: Glyphs
) -> list[list[Line]]:
    """The lines of each group, told by its first offer; `at` is the one under the cursor."""
    waiting = {proposal.fix: proposal for proposal in proposed(board, row_ids)}
    return [
        [
            _head(place, group, place == at, len(row_ids), width, glyphs),
            *_why(group[0], waiting.get(group[0].offer.fix) if group[0].offer.fix else None, width),
            *_costs(group, row_ids, board, width, glyphs),
            [],
        ]
        for place, group in enumerate(groups)
    ]


def _head(place: int, group: Group, here: bool, rows: int, width: int, glyphs: Glyphs) -> Line:
    number = str(place + 1) if place < MOST_NUMBERS else " "
    words, level = risk(max((each.offer.risk for each in group), key=RISKS.index), glyphs)
    under = "/cursor" if here else ""
    lead = f" {glyphs.chosen if here else ' '} {number} "
    room = max(width - cell_len(lead) - cell_len(words) - 2, 10)
    more = f" and {len(group) - 1} more" if len(group) > 1 else ""
    title = pad(cut(clean(group[0].offer.title, 1000), room - len(more), glyphs) + more, room, right=False)
    style = "muted" if barred(group, rows) else "strong"
    return [(lead, f"key{under}"), (title, f"{style}{under}"), (f" {words} ", f"{level}{under}")]


def _why(offered: Offered, proposal: Proposal | None, width: int) -> Iterator[Line]:
    if proposal is not None:
        yield from wrapped(f"proposed: {proposal.text}", "warning", width, _INDENT)
    if offered.offer.why:
        yield from wrapped(offered.offer.why, "text", width, _INDENT)


def _costs(group: Group, row_ids: Sequence[str], board: Board, width: int, glyphs: Glyphs) -> Iterator[Line]:
    offered = group[0]
    offer = offered.offer
    told = filter(None, (record.words(offered.record, board.at), price.words(offered.price)))
    yield from wrapped(f" {glyphs.dot} ".join(told), "muted", width, _INDENT)
    if len(row_ids) == 1 and offer.row not in row_ids:
        because = f": {offered.explains}" if offered.explains else ""
        yield from wrapped(f"acts on {named(board, offer.row)}{because}", "accent", width, _INDENT)
    if offer.ask:
        asks = ", ".join(param.title for param in offer.ask)
        yield from wrapped(f"asks first: {asks}", "muted", width, _INDENT)
    if why := barred(group, len(row_ids)):
        yield from wrapped(f"{glyphs.levels['unknown']} not now: {why}", "unknown", width, _INDENT)


def nothing(row_ids: Sequence[str], board: Board, width: int) -> list[Line]:
    """That nothing fits, and what would."""
    rows = [named(board, row_id) for row_id in row_ids]
    one = len(rows) == 1
    row = board.row(row_ids[0]) if one else None
    lines: list[Line] = [
        *wrapped(f"No fix fits {rows[0] if one else f'all of these {len(rows)} rows'}.", "strong", width)
    ]
    if row is not None and row.remedy:
        lines += wrapped(f"to do by hand: {row.remedy}", "accent", width)
    if not one:
        lines += wrapped("Mark rows of one kind, or take them one at a time: esc, esc, then x.", "text", width)
    lines.append([])
    kept = clean(row_ids[0])
    lines += wrapped("A remedy of your own would stand here. In the config:", "text", width)
    lines += [[(f"  {text}", "muted")] for text in _example(kept)]
    return lines


def _example(row_id: str) -> Sequence[str]:
    quoted = row_id.replace("\\", "\\\\").replace('"', '\\"')
    return (
        "[[fix]]",
        'name = "my remedy"',
        f'when = {{ row = "{quoted}" }}',
        'run = { kind = "command", argv = ["/usr/local/bin/mend", "--now"] }',
    )
