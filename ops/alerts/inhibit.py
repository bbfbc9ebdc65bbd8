"""Inhibition as Alertmanager has it (inhibit/inhibit.go): while one alert fires, others with equal labels are quiet."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ops.alerts.matchers import holds, read_matchers
from ops.alerts.structs import Alert, Matcher
from ops.config.alerting import Inhibit

Equal = tuple[str, ...]


class _Rule(NamedTuple):
    """One `[[inhibit]]`, with a firing source for each combination of the labels that must be equal."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    pure: Mapping[Equal, Alert]
    """Sources that are no target themselves."""
    any: Mapping[Equal, Alert]


class Inhibitions:
    """What is inhibited while these alerts stand; made once a look, so that each alert is asked in constant time."""

    def __init__(self, inhibits: Iterable[Inhibit], alerts: Iterable[Alert]) -> None:
        firing = [alert for alert in alerts if alert.firing]
        self._rules = [_rule(inhibit, firing) for inhibit in inhibits]

    def of(self, alert: Alert) -> Alert | None:
        """The alert that inhibits this one, if any.

        Labels that are missing equal "". An alert that matches both sides of a rule is not inhibited by another that
        does, itself included.
        """
        for rule in self._rules:
            if not holds(rule.target, alert.labels):
                continue
            sources = rule.pure if holds(rule.source, alert.labels) else rule.any
            source = sources.get(_values(rule.equal, alert.labels))
            if source is not None:
                return source
        return None


def _rule(inhibit: Inhibit, firing: Iterable[Alert]) -> _Rule:
    source, target = read_matchers(inhibit.source), read_matchers(inhibit.target)
    pure: dict[Equal, Alert] = {}
    either: dict[Equal, Alert] = {}
    for alert in firing:
        if holds(source, alert.labels):
            values = _values(inhibit.equal, alert.labels)
            either.setdefault(values, alert)
            if not holds(target, alert.labels):
                pure.setdefault(values, alert)
    return _Rule(source, target, inhibit.equal, pure, either)


def _values(equal: tuple[str, ...], labels: Mapping[str, str]) -> Equal:
    return tuple(labels.get(name, "") for name in equal)
