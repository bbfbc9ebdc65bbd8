"""Labels of an alert that nobody has raised, as commands take them to try which way it would go."""

from collections.abc import Iterable
from typing import cast

from ops.alerts.matchers import read_matcher
from ops.alerts.structs import SEVERITIES, Severity
from ops.config.names import did_you_mean
from ops.errors import UsageError

SEVERITY = "severity"
ASSUMED: Severity = "warning"
"""The severity of one that is given none: every alert has one."""


def read_labels(texts: Iterable[str], option: str = "") -> dict[str, str]:
    """What it would have: `label=value` each, written as in a matcher, and a severity.

    Raises UsageError, which begins with the `option` that they were given by, for what is no label, for one that is
    given twice, and for a severity that there is not.
    """
    found: dict[str, str] = {}
    for text in texts:
        label, value = _read_label(text, option)
        if label in found:
            raise UsageError(_said(option, f'label "{label}" is given twice: an alert has one value of each'))
        found[label] = value
    severity = found.setdefault(SEVERITY, ASSUMED)
    if severity not in SEVERITIES:
        hint = did_you_mean(severity, SEVERITIES)
        raise UsageError(_said(option, f'there is no severity "{severity}"; {hint}'))
    return found


def severity_of(labels: dict[str, str]) -> Severity:
    """That of labels that were read."""
    return cast("Severity", labels[SEVERITY])


def _read_label(text: str, option: str) -> tuple[str, str]:
    wrong = f'"{text[:60]}" is no label of an alert; write label=value, such as severity=critical'
    try:
        matcher = read_matcher(text)
    except ValueError as error:
        raise UsageError(_said(option, wrong)) from error
    if matcher.op != "=":
        raise UsageError(_said(option, wrong))
    return matcher.label, matcher.value


def _said(option: str, words: str) -> str:
    return f"{option}: {words}" if option else words
