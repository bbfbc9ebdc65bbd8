"""How alerts go on from look to look, as in Prometheus (rules/alerting.go): pending, firing, resolved.

Other than there, time that nobody looked counts for nothing while an alert waits: neither a sleeping laptop, nor a
stepped clock, nor a row that can't be read makes one fire or end.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from ops.alerts.structs import Alert, Condition, Turn
from ops.verdicts.tracker import LONGEST_GAP_S

RESOLVED_KEPT_S = 900.0
OUTAGE_TOLERANCE_S = 3600.0
GRACE_S = 600.0
"""Both as Prometheus' flags `rules.alert.for-outage-tolerance` and `for-grace-period` have them."""

Stepped = tuple[Alert | None, tuple[Turn, ...]]


def step(
    alerts: Mapping[str, Alert], conditions: Sequence[Condition], now: float, unread: Collection[str]
) -> tuple[dict[str, Alert], list[Turn]]:
    """Take one look: the alerts as they stand then, by key, and what changed, in the order of the conditions.

    A true condition makes an alert pending, and firing once it is true for `hold_s`; one false look ends what only
    waited. `keep_s` runs from the first false look and begins anew when it is true again. What was resolved is known
    for 15 minutes. `unread` has ids of rows and targets that can't be read (`ops.alerts.rules.unread`): their alerts
    neither begin, nor go on waiting, nor end. Where `for` was made longer than a firing alert has been true, it is
    resolved and waits again.
    """
    true = {condition.key: condition for condition in reversed(conditions)}
    keys = dict.fromkeys([*(condition.key for condition in conditions), *alerts])
    stands: dict[str, Alert] = {}
    turns: list[Turn] = []
    for key in keys:
        alert, told = _one(alerts.get(key), true.get(key), now, unread)
        turns.extend(told)
        if alert is not None:
            stands[key] = alert
    return stands, turns


def unchanged(before: Alert | None, after: Alert) -> bool:
    """Whether nothing of it is news but when it was looked at, so that it need not be written down again."""
    return before is not None and (before is after or replace(before, seen_at=after.seen_at) == after)


def restored(alerts: Mapping[str, Alert], last_seen: float | None, now: float) -> dict[str, Alert]:
    """Alerts as they go on after nobody looked since `last_seen` (None: it isn't known), as Prometheus restores them.

    What fires goes on firing until its row is read and says otherwise, however long that was: somebody was told. What
    waited is forgotten after more than an hour, else waits for the rest of its time, and where that is less than ten
    minutes and `for` is not, for ten minutes more.
    """
    stood = now if last_seen is None else last_seen
    outage = max(0.0, now - stood)
    forgotten = last_seen is None or outage > OUTAGE_TOLERANCE_S
    found: dict[str, Alert] = {}
    for key, kept in alerts.items():
        alert = _shifted(kept, min(0.0, now - max(stood, kept.seen_at)))
        if alert.state == "pending" and not forgotten:
            found[key] = _goes_on(alert, outage, now)
        elif alert.state == "firing":
            since = None if alert.keep_since is None else min(alert.keep_since + outage, now)
            found[key] = replace(alert, keep_since=since, seen_at=now)
        elif alert.state == "resolved" and not _is_old(alert, now):
            found[key] = alert
    return found


def _goes_on(alert: Alert, outage: float, now: float) -> Alert:
    stood = now - outage
    rest = alert.hold_s - (stood - alert.active_at)
    if rest < GRACE_S <= alert.hold_s:
        return replace(alert, active_at=now + GRACE_S - alert.hold_s, seen_at=now)
    return replace(alert, active_at=min(alert.active_at + outage, now), seen_at=now)


def _one(alert: Alert | None, condition: Condition | None, now: float, unread: Collection[str]) -> Stepped:
    if condition is not None and not condition.unread:
        return _true(None if alert is None else _settled(alert, now), condition, now)
    if alert is None:
        return None, ()
    if alert.state == "resolved":
        alert = _shifted(alert, min(0.0, now - (alert.resolved_at or now)))
        return (None, ()) if _is_old(alert, now) else (alert, ())
    is_unread = condition is not None or alert.row in unread or alert.labels.get("target", alert.row) in unread
    return (alert, ()) if is_unread else _false(_settled(alert, now), now)


def _true(alert: Alert | None, condition: Condition, now: float) -> Stepped:
    if alert is None or alert.state == "resolved":
        begun = _begun(condition, now)
        return _fired(begun, now) if not condition.hold_s else (begun, (Turn(at=now, kind="pending", alert=begun),))
    alert, before = _told_anew(alert, condition, now), alert
    waits = now - alert.active_at < alert.hold_s
    if alert.state == "pending":
        return (alert, ()) if waits else _fired(alert, now)
    if waits and alert.hold_s > before.hold_s:
        ended = replace(before, state="resolved", resolved_at=now, seen_at=now)
        again = replace(alert, state="pending", fired_at=None, incident=None, labels=condition.labels)
        return again, (Turn(at=now, kind="resolved", alert=ended), Turn(at=now, kind="pending", alert=again))
    if alert.severity != before.severity:
        return alert, (Turn(at=now, kind="severity", alert=alert, before=before.severity),)
    return alert, ()


def _begun(condition: Condition, now: float) -> Alert:
    return Alert(
        key=condition.key,
        rule=condition.rule,
        row=condition.row,
        severity=condition.severity,
        summary=condition.summary,
        labels=condition.labels,
        runbook=condition.runbook,
        state="pending",
        active_at=now,
        seen_at=now,
        hold_s=condition.hold_s,
        keep_s=condition.keep_s,
    )


def _told_anew(alert: Alert, condition: Condition, now: float) -> Alert:
    joined = {"incident": alert.labels["incident"]} if "incident" in alert.labels else {}
    return replace(
        alert,
        severity=condition.severity,
        summary=condition.summary,
        labels={**condition.labels, **joined},
        runbook=condition.runbook,
        hold_s=condition.hold_s,
        keep_s=condition.keep_s,
        keep_since=None,
        seen_at=now,
    )


def _fired(alert: Alert, now: float) -> Stepped:
    firing = replace(alert, state="firing", fired_at=now)
    return firing, (Turn(at=now, kind="fired", alert=firing),)


def _false(alert: Alert, now: float) -> Stepped:
    if alert.state == "pending":
        return None, (Turn(at=now, kind="gone", alert=replace(alert, seen_at=now)),)
    since = now if alert.keep_since is None else alert.keep_since
    if now - since < alert.keep_s:
        return replace(alert, keep_since=since, seen_at=now), ()
    ended = replace(alert, state="resolved", resolved_at=now, keep_since=None, seen_at=now)
    return ended, (Turn(at=now, kind="resolved", alert=ended),)


def _is_old(alert: Alert, now: float) -> bool:
    return now - (alert.resolved_at or 0.0) > RESOLVED_KEPT_S


def _settled(alert: Alert, now: float) -> Alert:
    """What is measured of it, by a clock that may have been set, over a time in which it may not have been seen."""
    gap = now - alert.seen_at
    if gap < 0:
        return _shifted(alert, gap)
    unseen = gap - LONGEST_GAP_S
    if unseen <= 0:
        return alert
    if alert.state == "pending":
        return replace(alert, active_at=alert.active_at + unseen)
    return alert if alert.keep_since is None else replace(alert, keep_since=alert.keep_since + unseen)


def _shifted(alert: Alert, by_s: float) -> Alert:
    """The same on a clock that was set by so much."""
    if not by_s:
        return alert
    fired, kept, resolved = alert.fired_at, alert.keep_since, alert.resolved_at
    return replace(
        alert,
        active_at=alert.active_at + by_s,
        fired_at=None if fired is None else fired + by_s,
        keep_since=None if kept is None else kept + by_s,
        resolved_at=None if resolved is None else resolved + by_s,
        seen_at=alert.seen_at + by_s,
    )
