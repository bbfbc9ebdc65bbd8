"""Which rules are true of a Board: one condition for each rule and row, at most one for each check."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from msgspec.structs import replace

from ops.alerts.beside import beside
from ops.alerts.built_in import BUILT_IN, NAMES, merged
from ops.alerts.structs import Condition, Severity
from ops.alerts.templates import filled
from ops.board import Board, Check, Level, Row
from ops.config.alerting import AlertRule

__all__ = ["BUILT_IN", "conditions", "unread"]

_SEVERITIES: Mapping[Level, Severity] = {
    "ok": "info",
    "unknown": "warning",
    "warning": "warning",
    "critical": "critical",
}
_UNREAD = ("waiting", "stale")
_LISTED = "drift.difference"
"""Kind of rows that are told by the count that their target has; only an own rule makes alerts of each."""
_FLAPPING = "flapping"
_REACH = ".reach"
_RATE = ".error_percent"


def conditions(board: Board, rules: Sequence[AlertRule]) -> list[Condition]:
    """What is true now, in the order of the Board; `rules` are the config's own, before the built-in ones.

    Of one check only the first rule that means it makes a condition, and one that is switched off makes none of it; a
    rule over rows as a whole takes all checks of the row. A check that is not certain yet (pending), for better or
    worse, makes conditions that neither begin nor end anything. Parts that can't be read with their target are no
    trouble of their own, unless an own rule asks for what is unknown.
    """
    whole = merged(rules)
    own = tuple(rule for rule in whole if rule.name not in NAMES)
    own_unknown = tuple(rule for rule in own if rule.level == "unknown")
    quiet_too = tuple(rule for rule in whole if rule.state and not rule.level)
    found: dict[str, Condition] = {}
    for row in (*board.rows, *beside(board)):
        if row.word == "waiting":
            continue
        if row.word == "stale" and row.id != row.target:
            asked = own_unknown
        elif row.kind == _LISTED:
            asked = own
        else:
            asked = whole if row.level != "ok" or row.flapping else quiet_too
        for rule, check in _true_of(_outage(row), asked):
            condition = condition_of(rule, row, check, board.environment)
            found.setdefault(condition.key, condition)
    return list(found.values())


def unread(board: Board) -> frozenset[str]:
    """Ids of rows, of targets among them, that can't be read now or were not read yet."""
    rows = {row.id for row in (*board.rows, *beside(board)) if row.stale or row.word in _UNREAD}
    return frozenset(rows)


def _outage(row: Row) -> Row:
    """The row without what an outage brings with it: while it is down only that is told.

    How many probes fail is judged on answers that are good; until it is certain whether the row is up or down, what was
    known of that goes on.
    """
    reach = next((check for check in row.checks if check.id.endswith(_REACH)), None)
    if reach is None or reach.level == "ok":
        return row
    if not reach.pending:
        return replace(row, checks=(reach,)) if reach.level == "critical" else row
    rate = replace(reach, id=reach.id.removesuffix(_REACH) + _RATE, pending=True)
    return replace(row, checks=(*(check for check in row.checks if check.id != rate.id), rate))


def _true_of(row: Row, rules: Sequence[AlertRule]) -> Iterator[tuple[AlertRule, Check]]:
    taken: set[str] = set()
    for rule in rules:
        if rule.row != "*" and not _is(row.id, rule.row):
            continue
        meant = [check for check in _asked(rule, row) if check.id not in taken and _means(rule, check)]
        if not meant:
            continue
        certain = [check for check in meant if not check.pending]
        if rule.check:
            taken.update(check.id for check in certain)
        elif certain and rule.state != _FLAPPING:
            taken.update(check.id for check in row.checks)
        if not rule.off:
            yield rule, (certain or meant)[0]


def _asked(rule: AlertRule, row: Row) -> Sequence[Check]:
    """The checks that a rule is about, worst first: some of the row's, or the row itself as one."""
    if rule.check:
        return [check for check in row.checks if rule.check == "*" or _is(check.id, rule.check)]
    uncertain = bool(row.checks) and row.checks[0].pending and not row.flapping
    return [Check(id="", level=row.level, word=row.word, text=row.reason, since=row.since, pending=uncertain)]


@lru_cache(maxsize=8192)
def _is(name: str, glob: str) -> bool:
    """The same names meet the same globs at every look."""
    return fnmatchcase(name, glob)


def _means(rule: AlertRule, check: Check) -> bool:
    if check.pending:
        return check.level != "ok"
    if rule.state and rule.state != check.word:
        return False
    match rule.level:
        case "":
            return check.level in ("warning", "critical") or bool(rule.state)
        case "warning":
            return check.level in ("warning", "critical")
        case _:
            return check.level == rule.level


def condition_of(rule: AlertRule, row: Row, check: Check, environment: str) -> Condition:
    """That a rule is true of a row by one of its checks."""
    severity = rule.severity or _SEVERITIES[check.level]
    told = {"row": row.id, "name": row.called, "host": row.host, "reason": check.text}
    return Condition(
        rule=rule.name,
        row=row.id,
        severity=severity,
        summary=filled(rule.summary, told) if rule.summary else check.text or f"{row.called} is {check.word}",
        labels=_labels(rule, row, severity, environment),
        runbook=row.runbook or rule.runbook,
        hold_s=float(rule.hold or 0.0),
        keep_s=float(rule.keep_firing or 0.0),
        unread=check.pending,
    )


def _labels(rule: AlertRule, row: Row, severity: Severity, environment: str) -> dict[str, str]:
    """A rule's own labels may say another host, service or environment, but not which alert it is."""
    service = row.name if row.kind in ("service", "slo") else row.facts.get("service")
    about = {
        "host": row.host,
        "service": str(service or ""),
        "receiver": row.name if row.kind == "notify" else "",
        "environment": environment,
        **rule.labels,
    }
    always = {
        "rule": rule.name,
        "row": row.id,
        "kind": row.kind,
        "name": row.name,
        "severity": severity,
        "target": row.target,
    }
    return {name: value for name, value in about.items() if value} | always
