"""Labels of an alert that nobody has raised, as commands take them to try which way it would go."""

from collections.abc import Collection, Iterable
from typing import cast

from ops.alerts.matchers import read_matcher
from ops.alerts.structs import Matcher, Severity
from ops.config.alert_checks import wrong_in
from ops.config.alerting import AlertRule
from ops.errors import UsageError

SEVERITY = "severity"
ASSUMED: Severity = "warning"
"""The severity of one that is given none: every alert has one."""


def read_labels(texts: Iterable[str], option: str = "", rules: Collection[AlertRule] = ()) -> dict[str, str]:
    """What it would have: `label=value` each, written as in a matcher, and a severity.

    Raises UsageError, which begins with the `option` that they were given by, for what is no label, for one that is
    given twice, and for what no alert has by the built-in rules and these: another label, another severity.
    """
    found: dict[str, str] = {}
    for text in texts:
        matcher = _read_label(text, option)
        if matcher.label in found:
            raise UsageError(_said(option, f'label "{matcher.label}" is given twice: an alert has one value of each'))
        if why := wrong_in(matcher, rules):
            raise UsageError(_said(option, why))
        found[matcher.label] = matcher.value
    found.setdefault(SEVERITY, ASSUMED)
    return found


def severity_of(labels: dict[str, str]) -> Severity:
    """That of labels that were read."""
    return cast("Severity", labels[SEVERITY])


def _read_label(text: str, option: str) -> Matcher:
    wrong = f'"{text[:60]}" is no label of an alert; write label=value, such as severity=critical'
    try:
        matcher = read_matcher(text)
    except ValueError as error:
        raise UsageError(_said(option, wrong)) from error
    if matcher.op != "=":
        raise UsageError(_said(option, wrong))
    return matcher


def _said(option: str, words: str) -> str:
    return f"{option}: {words}" if option else words
