"""Which alerts belong together: by a common cause, along dependencies, or by beginning together in one place. Pure."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from ops.alerts.structs import Alert
from ops.board import Board, Cause, Row
from ops.incidents.fold import rank
from ops.links import WORKLOADS
from ops.trend import is_probe

_SLO = "slo:"
_HERE = "@"
_GUEST = "@ guest"
"""Something on this machine that is not the machine: two of these have nothing in common by that alone."""
_RUNS_IN = (*WORKLOADS, "systemd.unit")
_TRIFLES = frozenset({"zombies"})
"""Rules that tell of what hurts nobody on a machine: these bring nothing else together."""
_NOTHING: frozenset[str] = frozenset()


class Floor:
    """A Board, asked for what lies behind what."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.rows = {row.id: row for row in board.rows}
        self._budgets = {f"{_SLO}{budget.id}": budget.row for budget in board.budgets}
        self._needs: dict[str, frozenset[str]] = {}
        self._causes: dict[str, set[str]] = {}
        self._linked: set[str] = set()
        """Rows that fail with others: along dependencies it is known what they belong to."""
        for cause in board.causes:
            for row in family(cause):
                self._causes.setdefault(row, set()).add(cause.row)
            if cause.affected:
                self._linked |= family(cause)

    def real(self, row: str) -> str:
        """The row that an alert is of; of an error budget the one whose events it counts."""
        return self._budgets.get(row, row)

    def row_of(self, alert: Alert) -> Row | None:
        """The row of an alert, if it is still there."""
        return self.rows.get(self.real(alert.row))

    def causes(self, row: str) -> Collection[str]:
        """Ids of the likely causes that explain a row; itself where it is one."""
        return self._causes.get(row, _NOTHING)

    def is_here(self, row: str) -> bool:
        """Whether it is this machine, or a part of it that all on it share."""
        found = self.rows.get(row)
        return found is not None and is_host(found) and not found.host

    def is_workload(self, row: str) -> bool:
        """Whether it is something that services run in."""
        found = self.rows.get(row)
        return found is not None and found.kind in WORKLOADS

    def needs(self, row: str) -> frozenset[str]:
        """All that a row depends on, directly or not."""
        if row not in self._needs:
            seen: set[str] = set()
            waiting = [row]
            while waiting:
                found = self.rows.get(waiting.pop())
                new = [] if found is None else [need for need in found.depends_on if need not in seen]
                seen.update(new)
                waiting += new
            self._needs[row] = frozenset(seen - {row})
        return self._needs[row]

    def offers(self, row: str) -> set[str]:
        """Places in which it is, for those who look for company there."""
        found = self.rows.get(row)
        places = {row, *self.needs(row)}
        if found is not None:
            here = _HERE if is_host(found) else _GUEST
            places |= {f"@{host}" if host else here for host in self._hosts(found)}
        return places

    def seeks(self, row: str) -> set[str]:
        """Places in which it looks for company."""
        places = self.offers(row)
        if _HERE in places:
            return places | {_GUEST}
        return places - {_GUEST} | {_HERE} if _GUEST in places else places

    def _hosts(self, row: Row) -> set[str]:
        """The hosts with which it may have to do by being there, "" for this one.

        What is only asked over the network may be anywhere, unless it says where or names what it runs in. What fails
        with others along dependencies has a reason of its own: that the host has trouble too is no link.
        """
        if row.id in self._linked and not is_host(row):
            return set()
        if row.host or not is_probe(row.target.partition(":")[0]):
            return {row.host}
        needed = (self.rows.get(need) for need in row.depends_on)
        return {one.host for one in needed if one is not None and one.kind in _RUNS_IN}


def is_host(row: Row) -> bool:
    """Whether it is a machine, or a part of one that all on it share."""
    return row.kind == "host" or row.kind.startswith("host.")


def family(cause: Cause) -> frozenset[str]:
    """Ids of the rows that a cause explains, with its own."""
    return frozenset((cause.row, *cause.affected))


class _Stay(NamedTuple):
    """When the alerts of one place began, and the gravest of them."""

    first: float
    last: float
    rank: int


class Gathered:
    """What the alerts of one incident touch: what another one is held against."""

    def __init__(self, floor: Floor, alerts: Iterable[Alert] = ()) -> None:
        self._floor = floor
        self.rows: set[str] = set()
        """Of the alerts that fire."""
        self._causes: set[str] = set()
        self._needs: set[str] = set()
        self._through: set[str] = set()
        """What those depend on that are no machine."""
        self._grave = -1
        """The gravest of those that are no machine."""
        self._places: dict[str, _Stay] = {}
        self._trifles: set[str] = set()
        """Rows of which a trifle fires: only what is of the same row belongs to it."""
        for alert in alerts:
            self.add(alert)

    def add(self, alert: Alert) -> None:
        """One more; one that is over only says where and when it was."""
        row = self._floor.real(alert.row)
        if alert.rule in _TRIFLES:
            self._trifles |= {row} if alert.firing else set()
            return
        if alert.firing:
            self.rows.add(row)
            self._causes.update(self._floor.causes(row))
            self._needs |= self._floor.needs(row)
        if not self._floor.is_here(row):
            self._through |= self._floor.needs(row)
            self._grave = max(self._grave, rank(alert.severity))
        for place in self._floor.offers(row):
            at, grave = alert.active_at, rank(alert.severity)
            known = self._places.get(place, _Stay(at, at, grave))
            self._places[place] = _Stay(min(known.first, at), max(known.last, at), max(known.rank, grave))

    def near(self, alert: Alert, together_s: float) -> str:
        """Why an alert belongs to these, in a few words; "" where it does not."""
        row = self._floor.real(alert.row)
        lighter = rank(alert.severity) < self._grave
        if lighter and self._floor.is_here(row) and self._through.isdisjoint((row, *self._floor.needs(row))):
            return ""
        if row in self.rows or row in self._trifles:
            return "of the same thing"
        if not self._causes.isdisjoint(self._floor.causes(row)):
            return "with the same cause"
        if not self.rows.isdisjoint(self._floor.needs(row)):
            return "of what depends on it"
        if row in self._needs:
            return "of what it depends on"
        alone = alert.rule in _TRIFLES or (lighter and self._floor.is_workload(row))
        return "" if alone else self._beside(alert, row, together_s)

    def _beside(self, alert: Alert, row: str, together_s: float) -> str:
        seeks = self._floor.seeks(row)
        for place in sorted(seeks & self._places.keys()):
            stay = self._places[place]
            if place in (_HERE, _GUEST) and not _explains(stay, rank(alert.severity), place, is_host=_GUEST in seeks):
                continue
            if place == _HERE and _GUEST not in seeks and self._places.get(_GUEST, stay).first < stay.first:
                continue  # the machine came into trouble after what runs on it: it is not why of anything else
            if stay.first - together_s <= alert.active_at <= stay.last + together_s:
                return "at the same time in the same place"
        return ""


def _explains(stay: _Stay, grave: int, place: str, *, is_host: bool) -> bool:
    """Whether one of the two can be why of the other: this machine must be in as much trouble as what runs on it."""
    if place == _GUEST:
        return grave >= stay.rank
    return is_host or stay.rank >= grave
