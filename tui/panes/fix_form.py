"""What a fix asks before it can be planned, as lines, and whether an answer may be. Pure, without a screen."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from rich.cells import cell_len

from collectors.text import clean
from ops.actions.base import Param, Pick
from ops.actions.errors import Refused
from ops.figures import duration, size
from ops.fixes.params import checked
from tui.glyphs import Glyphs
from tui.panes.fix_words import wrapped
from tui.widgets.lines import Line, cut

_HINTS = {
    "int": "a whole number",
    "duration": 'a time, such as "30s", "5m" or "1h30m"',
    "size": 'an amount, such as "512MiB" or "1GB"',
    "choice": "one of these; type to filter",
    "pick": "one of these; type to filter",
    "text": "a text",
}


def _plain(value: float) -> str:
    return f"{value:,g}"


_UNITS: Mapping[str, Callable[[float], str]] = {"duration": duration, "size": size}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How the answers stand."""

    params: tuple[Param, ...]
    at: int = 0
    """The one that is asked now."""
    answers: Mapping[str, str] = {}
    texts: Mapping[str, str] = {}
    """What a person sees in place of the answer: the text of a pick."""
    wrong: Mapping[str, str] = {}
    """What is wrong with an answer, or with what can be picked, by name."""
    picks: Mapping[str, tuple[Pick, ...]] = {}
    """What can be picked, where that was read."""
    chosen: int = 0
    """The place of the cursor among the choices that the text lets through."""

    @property
    def now(self) -> Param:
        """The one that is asked now."""
        return self.params[self.at]


def choices(asked: Asked, text: str) -> tuple[Pick, ...] | None:
    """What can be chosen now, of those that contain the text; None where anything can be typed, or nothing is read."""
    param = asked.now
    if param.kind == "choice":
        every: Sequence[Pick] = [Pick(value=value, text=value) for value in param.choices]
    elif param.kind == "pick" and param.name in asked.picks:
        every = asked.picks[param.name]
    else:
        return None
    return tuple(pick for pick in every if text.casefold() in pick.text.casefold())


def problem(param: Param, value: str) -> str:
    """Why a value can't be given, as a sentence; "" where it can."""
    try:
        checked((param,), {param.name: value} if value else {})
    except Refused as refused:
        return refused.message.removeprefix(f"{clean(param.name)}: ")
    return ""


def form_lines(asked: Asked, text: str, size_of: tuple[int, int], glyphs: Glyphs) -> list[Line]:
    """Every question with its answer; under the one that is asked now what may be, what is wrong, and the choices."""
    width, height = size_of
    lines: list[Line] = []
    for place, param in enumerate(asked.params):
        lines.append(_question(asked, place, param, text, width, glyphs))
        if place == asked.at:
            lines += wrapped(_hint(param), "muted", width, "     ")
        if why := asked.wrong.get(param.name):
            lines += wrapped(why, "critical", width, f"   {glyphs.levels['critical']} ")
        if place == asked.at:
            others = 2 * (len(asked.params) - place - 1)
            lines += _choices(asked, text, width, max(height - len(lines) - others - 1, 3), glyphs)
    return lines


def _question(asked: Asked, place: int, param: Param, text: str, width: int, glyphs: Glyphs) -> Line:
    here = place == asked.at
    lead = f" {glyphs.chosen if here else ' '} {clean(param.title)}: "
    given = text if here else asked.texts.get(param.name, asked.answers.get(param.name, param.default))
    room = max(width - cell_len(lead), 8)
    return [(lead, "strong" if here else "text"), (cut(clean(given, 1000), room, glyphs), "accent")]


def _hint(param: Param) -> str:
    told = _UNITS.get(param.kind, _plain)
    ends = [
        f"at least {told(param.least)}" if param.least is not None else "",
        f"at most {told(param.most)}" if param.most is not None else "",
        f"like {param.pattern}" if param.pattern else "",
        f"{clean(param.default)} unless you say otherwise" if param.default else "",
    ]
    return ", ".join(filter(None, (_HINTS[param.kind], *ends)))


def _choices(asked: Asked, text: str, width: int, room: int, glyphs: Glyphs) -> Iterator[Line]:
    found = choices(asked, text)
    if found is None:
        if asked.now.kind == "pick" and asked.now.name not in asked.wrong:
            yield [(f"     reading what there is {glyphs.ellipsis}", "muted")]
        return
    if not found:
        yield [("     nothing like that", "warning")]
    at = min(asked.chosen, max(len(found) - 1, 0))
    first = min(max(at - room + 2, 0), max(len(found) - room, 0))
    for place, pick in enumerate(found[first : first + room], first):
        under = "/cursor" if place == at else ""
        sign = glyphs.chosen if place == at else " "
        yield [(f"     {sign} ", f"key{under}"), (cut(clean(pick.text, 1000), width - 8, glyphs), f"text{under}")]
    if len(found) > room:
        yield [(f"     {len(found)} in all", "muted")]
