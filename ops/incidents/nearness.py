"""Which alerts belong together: by a common cause, along dependencies, or by beginning together in one place. Pure."""

from collections.abc import Collection, Iterable

from ops.alerts.structs import Alert
from ops.board import Board, Cause, Row

_SLO = "slo:"
_HERE = "@"
_GUEST = "@ guest"
"""Something on this machine that is not the machine: two of these have nothing in common by that alone."""
_NOTHING: frozenset[str] = frozenset()


class Floor:
    """A Board, asked for what lies behind what."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.rows = {row.id: row for row in board.rows}
        self._budgets = {budget.id: budget.row for budget in board.budgets}
        self._needs: dict[str, frozenset[str]] = {}
        self._causes: dict[str, set[str]] = {}
        for cause in board.causes:
            for row in family(cause):
                self._causes.setdefault(row, set()).add(cause.row)

    def real(self, row: str) -> str:
        """The row that an alert is of; of an error budget the one whose events it counts."""
        return self._budgets.get(row.removeprefix(_SLO), row) if row.startswith(_SLO) else row

    def row_of(self, alert: Alert) -> Row | None:
        """The row of an alert, if it is still there."""
        return self.rows.get(self.real(alert.row))

    def causes(self, row: str) -> Collection[str]:
        """Ids of the likely causes that explain a row; itself where it is one."""
        return self._causes.get(row, _NOTHING)

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
            places.add(f"@{found.host}" if found.host else _HERE if is_host(found) else _GUEST)
        return places

    def seeks(self, row: str) -> set[str]:
        """Places in which it looks for company."""
        found = self.rows.get(row)
        places = self.offers(row) - {_GUEST}
        if found is not None and not found.host:
            places |= {_HERE, _GUEST} if is_host(found) else {_HERE}
        return places


def is_host(row: Row) -> bool:
    """Whether it is a machine, or a part of one that all on it share."""
    return row.kind == "host" or row.kind.startswith("host.")


def family(cause: Cause) -> frozenset[str]:
    """Ids of the rows that a cause explains, with its own."""
    return frozenset((cause.row, *cause.affected))


class Gathered:
    """What the alerts of one incident touch: what another one is held against."""

    def __init__(self, floor: Floor, alerts: Iterable[Alert] = ()) -> None:
        self._floor = floor
        self.rows: set[str] = set()
        """Of the alerts that fire."""
        self._causes: set[str] = set()
        self._needs: set[str] = set()
        self._places: dict[str, tuple[float, float]] = {}
        for alert in alerts:
            self.add(alert)

    def add(self, alert: Alert) -> None:
        """One more; one that is over only says where and when it was."""
        row = self._floor.real(alert.row)
        if alert.firing:
            self.rows.add(row)
            self._causes.update(self._floor.causes(row))
            self._needs |= self._floor.needs(row)
        for place in self._floor.offers(row):
            first, last = self._places.get(place, (alert.active_at, alert.active_at))
            self._places[place] = min(first, alert.active_at), max(last, alert.active_at)

    def near(self, alert: Alert, together_s: float) -> str:
        """Why an alert belongs to these, in a few words; "" where it does not."""
        row = self._floor.real(alert.row)
        if row in self.rows:
            return "of the same thing"
        if not self._causes.isdisjoint(self._floor.causes(row)):
            return "with the same cause"
        if not self.rows.isdisjoint(self._floor.needs(row)):
            return "of what depends on it"
        if row in self._needs:
            return "of what it depends on"
        for place in sorted(self._floor.seeks(row) & self._places.keys()):
            first, last = self._places[place]
            if first - together_s <= alert.active_at <= last + together_s:
                return "at the same time in the same place"
        return ""
