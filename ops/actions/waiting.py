"""Parameters that are times, which several actions share: how long to wait, and how long something has lasted."""

from collectors.units import Duration
from ops.actions.base import Case, Param
from ops.actions.errors import Refused

_LEAST_S, _MOST_S = 1.0, 3600.0


def within(default: str) -> Param:
    """The parameter "within", such as "60s"."""
    return Param(
        name="within", title="how long to wait", kind="duration", default=default, least=_LEAST_S, most=_MOST_S
    )


def longer_s(case: Case, param: Param) -> float:
    """Seconds of a parameter, written with a unit or as plain seconds, else its default. Raises Refused for neither."""
    text = case.params.get(param.name) or param.default
    try:
        return float(text) if text.replace(".", "", 1).isdecimal() else float(Duration.parse(text))
    except ValueError as error:
        raise Refused(str(error), f'write "{param.default}"', reason="protocol") from error


def within_s(case: Case, param: Param) -> float:
    """What was given for it in seconds, else its default. Raises Refused for what is no such time."""
    given = case.params.get(param.name) or param.default
    try:
        seconds = float(Duration.parse(given))
    except ValueError as error:
        raise Refused(str(error), 'write a time such as "60s" or "5m"', reason="protocol") from error
    if not _LEAST_S <= seconds <= _MOST_S:
        raise Refused(f"{given} is no time to wait for", "wait for 1 s to 1 h", reason="limit")
    return seconds
