"""Which way an alert goes: Alertmanager's routing tree (dispatch/route.go), where a child has what its parent says."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from ops.alerts.matchers import holds, read_matchers
from ops.config.alerting import Route

EVERY_LABEL = "..."
WAIT_S, INTERVAL_S, REPEAT_S = 30.0, 300.0, 4 * 3600.0
"""Alertmanager's defaults; criticals do not wait."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where one kind of alert goes, with all that it has from the routes above it."""

    receivers: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ("incident",)
    wait_s: float = WAIT_S
    """How long a new group waits for more of its kind."""
    interval_s: float = INTERVAL_S
    """How long until news of a group are told."""
    repeat_s: float = REPEAT_S
    escalation: str = ""
    path: tuple[str, ...] = ()
    """What matched on the way down, a text for each route below the top."""


def routes_of(labels: Mapping[str, str], route: Route) -> list[Way]:
    """All ways of an alert: of children the first that matches, and more where it says `continue`.

    Where no child matches it is the route itself; a top with matchers that don't hold gives no way at all.
    """
    wait_s = 0.0 if labels.get("severity") == "critical" else WAIT_S
    return _ways(labels, route, Way(wait_s=wait_s), ())


def _ways(labels: Mapping[str, str], route: Route, above: Way, path: tuple[str, ...]) -> list[Way]:
    if not holds(read_matchers(route.match), labels):
        return []
    way = _inherited(route, above, path)
    found: list[Way] = []
    for child, step in zip(route.routes, _names(route.routes), strict=True):
        ways = _ways(labels, child, way, (*path, step))
        found += ways
        if ways and not child.proceed:
            break
    return found or [way]


def _inherited(route: Route, above: Way, path: tuple[str, ...]) -> Way:
    return Way(
        receivers=above.receivers if route.receivers is None else route.receivers,
        group_by=above.group_by if route.group_by is None else route.group_by,
        wait_s=above.wait_s if route.group_wait is None else float(route.group_wait),
        interval_s=above.interval_s if route.group_interval is None else float(route.group_interval),
        repeat_s=above.repeat_s if route.repeat is None else float(route.repeat),
        escalation=above.escalation if route.escalation is None else route.escalation,
        path=path,
    )


@lru_cache(maxsize=256)
def _names(routes: tuple[Route, ...]) -> tuple[str, ...]:
    # A route is known by what it matches, not by its place: a new one beside it starts no group of the others anew.
    seen: dict[str, int] = {}
    names = []
    for route in routes:
        text = ",".join(route.match)
        seen[text] = seen.get(text, 0) + 1
        names.append(text if seen[text] == 1 else f"{text}#{seen[text]}")
    return tuple(names)


def group_labels(way: Way, labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that a group has in common: one that an alert has not is ""."""
    names = sorted(labels) if EVERY_LABEL in way.group_by else way.group_by
    return {name: labels.get(name, "") for name in names}


def group_key(way: Way, labels: Mapping[str, str]) -> str:
    """What makes it the same group tomorrow: the way down the tree, and the labels in common."""
    common = ",".join(f'{name}="{value}"' for name, value in group_labels(way, labels).items())
    return f"{'/'.join(way.path) or 'all'}:{{{common}}}"
