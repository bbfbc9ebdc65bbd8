"""Decides `[[scale]]`: up fast, down only after sustained calm, never without data. Pure: time is given.

Up: any condition of `up` has stood for `up_for`; then ceil(n × factor), at most `most`. Down: all of `down` have stood
for `down_for`; then n − step, at least `least`. Between both lies a stretch in which nothing is done.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from ops.board import Board, Row
from ops.config.fixing import Auto, Scale, ScaleWhen
from ops.figures import duration, figure
from ops.policy.storm import storm
from ops.policy.structs import Decision, Kind, Scene, Try
from ops.policy.tries import last_end, too_many_overall, unhelpful
from ops.policy.watch import Denied
from ops.verdicts.tracker import LONGEST_GAP_S


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What is scaled together: a Compose service's containers, or one Swarm service."""

    rows: tuple[Row, ...]
    count: int | None
    """How many there are to be; None where that is not known now."""

    @property
    def name(self) -> str:
        """What it is called: the Compose service, or the Swarm service."""
        return str(self.rows[0].facts.get("service") or self.rows[0].name)

    @property
    def row(self) -> Row:
        """The one that the action is asked of."""
        return next((row for row in self.rows if row.level == "ok"), self.rows[0])


class Held(msgspec.Struct, frozen=True):
    """For how long each condition of `up`, and all of `down` together, have stood; None: they do not."""

    up: tuple[float | None, ...] = ()
    down: float | None = None
    at: float | None = None


class Scaler:
    """One `[[scale]]` over the groups of rows that it matches."""

    def __init__(self, scale: Scale, overall: Auto, denied: Denied) -> None:
        self.scale, self._overall, self._denied = scale, overall, denied
        self._held: dict[str, Held] = {}

    def look(self, scene: Scene) -> Iterator[Decision]:
        """What to do about each group now."""
        found = groups(scene.board, self.scale)
        self._held = {name: self._held[name] for name in found if name in self._held}
        for name, group in found.items():
            ids = [row.id for row in group.rows]
            tries = [one for one in scene.tries if one.concerns(ids) and one.action == self.scale.kind]
            decided = self._decide(scene, name, group, tries)
            if decided is not None:
                yield decided

    def _decide(self, scene: Scene, name: str, group: Group, tries: Sequence[Try]) -> Decision | None:
        ended = last_end(tries)
        if any(one.runs for one in tries) or (ended is not None and scene.now < ended + self.scale.cooldown):
            self._held[name] = Held(at=scene.now)
            return None
        held = self._held[name] = hold(self.scale, self._held.get(name, Held()), scene.board, group, scene.now)
        wanted, why = wanted_count(self.scale, held, group, scene.board)
        if wanted is None or wanted == group.count:
            return None
        says = f"scale {group.name} from {group.count} to {wanted}: {why}"
        lost = unhelpful(tries, [row.id for row in group.rows], scene.pardons)
        if len(lost) >= self._overall.give_up_after:
            gave_up = f"policy gave up: {len(lost)} tries in a row were not verified; it needs a person ({says})"
            return self._said("wait", group, gave_up, wanted, loud=True)
        proposes = self._proposes(scene, group)
        if proposes:
            return self._said("propose", group, f"{says}; proposed, since {proposes}", wanted)
        return self._said("act", group, says, wanted)

    def _proposes(self, scene: Scene, group: Group) -> str:
        return (
            too_many_overall(scene.tries, self._overall, scene.now)
            or storm(scene.board, self._overall.storm)
            or self._denied(self.scale.kind, group.row.id)
            or ("its mode is to propose" if self.scale.mode == "propose" else "")
        )

    def _said(self, kind: Kind, group: Group, reason: str, wanted: int, *, loud: bool = False) -> Decision:
        return Decision(
            kind=kind,
            fix=self.scale.name,
            row=group.row.id,
            reason=reason,
            action=self.scale.kind,
            params={"count": str(wanted)},
            loud=loud,
        )


def groups(board: Board, scale: Scale) -> Mapping[str, Group]:
    """The rows that a rule is for, together with those of the same Compose service, by a name of the group."""
    found: dict[str, Group] = {}
    for row in board.rows:
        if not fnmatchcase(row.id, scale.row):
            continue
        if row.kind == "swarm.service":
            wanted = row.facts.get("wanted")
            found[row.id] = Group(rows=(row,), count=wanted if isinstance(wanted, int) and not row.stale else None)
        elif row.facts.get("project") and row.facts.get("service"):
            name = f"{row.target}/{row.facts['project']}/{row.facts['service']}"
            if name not in found:
                found[name] = _compose(board, row)
    return found


def _compose(board: Board, one: Row) -> Group:
    same = ("project", "service")
    rows = tuple(
        row
        for row in board.rows
        if row.kind == one.kind
        and row.target == one.target
        and all(row.facts.get(name) == one.facts.get(name) for name in same)
    )
    fresh = [row for row in rows if not row.stale]
    running = sum(row.facts.get("state") == "running" for row in fresh)
    return Group(rows=rows, count=running if fresh else None)


def mean(condition: ScaleWhen, board: Board, group: Group) -> float | None:
    """The figure's mean over the fresh rows that match; None without any.

    With "*" the rows are those that are scaled, where the figure is of their kind, or of the tasks' containers of a
    Swarm service; else all of the figure's kind.
    """
    kind, _, fact = condition.metric.rpartition(".")
    values = [row.facts.get(fact) for row in _meant(condition, kind, board, group) if not row.stale]
    figures = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return sum(figures) / len(figures) if figures else None


def _meant(condition: ScaleWhen, kind: str, board: Board, group: Group) -> Iterator[Row]:
    one = group.rows[0]
    if condition.row == "*" and kind == one.kind:
        yield from group.rows
    elif condition.row == "*" and one.kind == "swarm.service" and kind == "container":
        yield from (row for row in board.rows if row.kind == kind and row.facts.get("swarm_service") == one.name)
    else:
        yield from (row for row in board.rows if row.kind == kind and fnmatchcase(row.id, condition.row))


def stands(condition: ScaleWhen, value: float | None) -> bool:
    """Whether a figure is beyond the condition's limit; no data is not."""
    if value is None:
        return False
    return (condition.over is not None and value > condition.over) or (
        condition.under is not None and value < condition.under
    )


def hold(scale: Scale, held: Held, board: Board, group: Group, now: float) -> Held:
    """Take one look: a condition that stands has stood for the time since the last look longer."""
    gap = 0.0 if held.at is None else min(max(now - held.at, 0.0), LONGEST_GAP_S)
    before = held.up or (None,) * len(scale.up)
    ups = [stands(when, mean(when, board, group)) for when in scale.up]
    calm = bool(scale.down) and all(stands(when, mean(when, board, group)) for when in scale.down)
    longer = tuple(_longer(since, yes, gap) for since, yes in zip(before, ups, strict=True))
    return Held(longer, _longer(held.down, calm, gap), now)


def _longer(seconds: float | None, yes: bool, gap: float) -> float | None:
    if not yes:
        return None
    return 0.0 if seconds is None else seconds + gap


def wanted_count(scale: Scale, held: Held, group: Group, board: Board) -> tuple[int | None, str]:
    """How many there should be, and why; None where nothing has stood for long enough, or the count is not known."""
    count = group.count
    if count is None or count < 1:
        return None, ""
    for when, seconds in zip(scale.up, held.up, strict=False):
        if seconds is not None and seconds >= scale.up_for:
            more = min(math.ceil(count * scale.factor), scale.most)
            return max(count, more), _told(when, mean(when, board, group), scale.up_for)
    if held.down is not None and held.down >= scale.down_for:
        fewer = max(count - scale.step, scale.least)
        told = " and ".join(_told(when, mean(when, board, group), scale.down_for) for when in scale.down)
        return min(count, fewer), told
    return None, ""


def _told(when: ScaleWhen, value: float | None, seconds: float) -> str:
    fact = when.metric.rpartition(".")[2]
    side, limit = ("over", when.over) if when.over is not None else ("under", when.under)
    return f"{when.metric} {figure(fact, value)}, {side} {figure(fact, limit)} for {duration(seconds)}"
