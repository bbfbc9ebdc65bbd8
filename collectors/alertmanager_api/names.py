"""Names alerts so that people tell them apart and each keeps its name for as long as it fires."""

from collections.abc import Mapping, Sequence, Set

from collectors.alertmanager_api.answers import Alert
from collectors.text import clean

_TELLING = (
    "instance",
    "host",
    "node",
    "namespace",
    "pod",
    "container",
    "service",
    "queue",
    "device",
    "mountpoint",
    "name",
)
"""Labels that say where an alert is, most telling first; of other labels nobody knows what they say."""
_MOST_TOLD = 3
_NOT_TELLING = frozenset({"alertname", "severity", "prometheus", "monitor", "replica", "team", "environment", "env"})
_NAME_LIMIT = 120
_FINGERPRINT_SIGNS = 6


class Names:
    """The names of the alerts that are there, by fingerprint."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def give(self, alerts: Sequence[Alert], still: Set[str] = frozenset()) -> dict[str, str]:
        """The name of each alert by its fingerprint, each name once; `still` are others whose names stay taken.

        An alert keeps the name that it was given before. Of two that would be called alike, the one that came first is,
        and the other one has the beginning of its fingerprint behind its name.
        """
        there = {alert.fingerprint for alert in alerts} | still
        given = {print_: name for print_, name in self._given.items() if print_ in there}
        taken = set(given.values())
        for alert in alerts:
            if alert.fingerprint not in given:
                name = _free(plain_name(alert.labels), alert.fingerprint, taken)
                given[alert.fingerprint] = name
                taken.add(name)
        self._given = given
        return given


def plain_name(labels: Mapping[str, str]) -> str:
    """Its "alertname" and what tells where it is, such as "InstanceDown api-1:9100"."""
    told = [labels[name] for name in _TELLING if labels.get(name)]
    if not told:
        told = [value for name, value in sorted(labels.items()) if name not in _NOT_TELLING and value]
    return clean(" ".join((labels.get("alertname") or "unnamed", *told[:_MOST_TOLD])), _NAME_LIMIT)


def _free(name: str, fingerprint: str, taken: set[str]) -> str:
    for signs in (_FINGERPRINT_SIGNS, len(fingerprint)):
        if name not in taken:
            return name
        name = f"{name} {clean(fingerprint[:signs])}"
    return name
