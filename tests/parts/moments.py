"""Moments for tests, as one would tell them."""

from ops.incidents.structs import Moment, MomentKind
from tests.parts.boards import NOW


def moment(kind: MomentKind, after: float = 0.0, by: str = "", incident: int = 1, **data: str) -> Moment:
    """One so many seconds after the beginning."""
    return Moment(incident=incident, at=NOW + after, kind=kind, by=by, text=f"{kind} it is", data=data)


def opened(priority: str = "P2", incident: int = 1, **data: str) -> Moment:
    """The first one, of something that began half a minute before."""
    given = {"title": "api is down", "priority": priority, "began": repr(NOW - 30)} | data
    return Moment(incident=incident, at=NOW, kind="opened", text="P2: api is down", data=given)


def alert(severity: str, after: float = 0.0, row: str = "service:api", incident: int = 1) -> Moment:
    """An alert of a row that fires ("" where it is over)."""
    return moment("alert", after, incident=incident, alert=f"down/{row}", severity=severity, row=row)
